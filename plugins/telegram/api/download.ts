import { type Clock, TeleclaudeError, withDeadline } from '../../../core/index.ts'
import { faultOf, TelegramFault } from './fault.ts'

/** How much of a file is taken. */
export interface DownloadLimits {
  readonly maxBytes: number
  readonly signal?: AbortSignal
}

/** Where files come from. */
interface FileServer {
  readonly token: string
  readonly apiRoot: string
  readonly clock: Clock
}

/** What getFile says of a file. */
interface FilePlace {
  readonly file_path?: string
  readonly file_size?: number
}

/** Takes the bytes of a file, in order; the next ones come when it is done with these. */
export type TakeBytes = (chunk: Uint8Array) => void | Promise<void>

const method = 'getFile'
/** The longest that a server may be silent before or between two pieces. */
const SILENCE_MS = 30_000

/** Gives a file's bytes to `take`, and says how many there were. @throws TelegramFault, and whatever `take` throws */
export async function downloadFrom(
  server: FileServer,
  file: FilePlace,
  take: TakeBytes,
  { maxBytes, signal }: DownloadLimits,
): Promise<number> {
  if ((file.file_size ?? 0) > maxBytes) throw tooLarge(maxBytes)
  let bytes = 0
  for await (const chunk of piecesOf(server, urlOf(server, file.file_path), signal)) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    await take(chunk)
  }
  return bytes
}

async function* piecesOf(server: FileServer, url: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const over = new AbortController()
  const inTime = <T>(work: Promise<T>) => withDeadline(server.clock, work, SILENCE_MS, silent)
  try {
    const response = await inTime(fetch(url, { signal: anyOf(over.signal, signal), redirect: 'error' }))
    if (!response.ok || !response.body) throw notServed(response.status)
    const reader = response.body.getReader()
    for (let piece = await inTime(reader.read()); !piece.done; piece = await inTime(reader.read())) {
      yield piece.value
    }
  } catch (error) {
    throw signal?.aborted ? cancelled() : faultOf(error, method, server.token)
  } finally {
    over.abort()
  }
}

function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter(signal => signal !== undefined))
}

/**
 * Where a file is. A server in local mode tells a path of its own disk: that is never opened here, since whoever
 * answers could then name any file of this computer.
 */
function urlOf({ apiRoot, token }: FileServer, path: string | undefined): string {
  const parts = path?.split('/') ?? []
  const isRelative = parts.length > 0 && parts.every(part => part !== '' && part !== '.' && part !== '..')
  if (!isRelative) throw notOffered()
  return `${apiRoot}/file/bot${token}/${parts.map(encodeURIComponent).join('/')}`
}

function tooLarge(maxBytes: number): TelegramFault {
  return new TelegramFault('too-long', `The file is larger than ${maxBytes} bytes.`, { method })
}

function notOffered(): TelegramFault {
  const message =
    'The Bot API server does not offer the file for download. If it is your own, run it without --local.'
  return new TelegramFault('refused', message, { method })
}

function notServed(status: number): TelegramFault {
  const message = `The Bot API server answered the download of a file with ${status}.`
  return new TelegramFault(status >= 500 ? 'unavailable' : 'refused', message, { method })
}

function silent(): TelegramFault {
  const message = `The Bot API server stopped sending a file for ${SILENCE_MS / 1000} s.`
  return new TelegramFault('unavailable', message, { method, isOutcomeUnknown: true })
}

function cancelled(): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_CANCELLED', 'The download of a file was called off.')
}
