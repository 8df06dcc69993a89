import { join } from 'node:path'
import { type Caller, type Cursor, type Session, TeleclaudeError } from '../../../core/index.ts'
import { MAX_UPLOAD_BYTES } from '../api/upload-limits.ts'
import { createOneAtATime } from '../one-at-a-time.ts'
import type { TelegramParts } from '../parts.ts'
import type { Place } from '../post.ts'
import { harmlessName } from './file-name.ts'
import { fileProblem } from './file-problem.ts'
import { type LogRange, readLog } from './log-reader.ts'
import { type Part, uploadPart } from './log-upload.ts'
import { openUnnamedFile, type UnnamedFile } from './unnamed-file.ts'

/** What somebody is told who asks for the log that is being sent. */
export const LOG_UNDER_WAY = 'The log is on its way already.'

/** Whose log goes where. */
export interface LogRequest {
  readonly session: string
  readonly place: Place
  /** Who asks for it. */
  readonly caller: Caller
}

/** Sends all that is kept of what sessions printed, as files. */
export interface Logs {
  /** Whether the log of a session was asked for and is not sent yet. */
  isUnderWay(session: string): boolean
  /**
   * Settles when Telegram has the log: false where nothing was printed. The disk has one at a time, and memory little of it.
   * @throws TC_ERR_FILE where it cannot be written, TC_ERR_TIMEOUT where its computer or Telegram does not answer, TC_ERR_CANCELLED, TelegramFault
   */
  send(request: LogRequest): Promise<boolean>
}

type LogParts = Pick<TelegramParts, 'ctx' | 'post' | 'mask'>

/** @param partBytes what does not fit into one file is sent as several */
export function createLogs(parts: LogParts, partBytes = MAX_UPLOAD_BYTES): Logs {
  const underWay = new Set<string>()
  const turns = createOneAtATime()
  return {
    isUnderWay: session => underWay.has(session),
    async send(request) {
      underWay.add(request.session)
      try {
        const { name, until } = await look(parts, request)
        return await turns.run(() => sendInTurn(parts, { ...request, name, until, partBytes }))
      } finally {
        underWay.delete(request.session)
      }
    },
  }
}

/** Asks where the session is now, without reading anything. */
const NOTHING = { last_bytes: 0, follow: false }

async function look({ ctx, mask }: LogParts, { session: session_id, caller }: LogRequest) {
  const { operations } = ctx
  const { title } = await operations.call<Session>('session.get', { session_id }, caller)
  const now = { session_id, ...NOTHING }
  const { cursor } = await operations.call<{ cursor: Cursor }>('session.watch', now, caller)
  return { name: harmlessName(mask(title)) || 'log', until: cursor }
}

interface NamedLog extends LogRequest, LogRange {
  readonly name: string
  readonly partBytes: number
}

async function sendInTurn(parts: LogParts, log: NamedLog): Promise<boolean> {
  const file = await orSaid(parts, () => openUnnamedFile(join(parts.ctx.stateDir, 'logs')))
  try {
    const written = await writeInto(parts, file, log)
    for (const [index, part] of written.entries()) {
      const number = written.length > 1 ? ` ${index + 1} of ${written.length}` : ''
      await uploadPart(parts, file, part, { place: log.place, name: `${log.name}${number}.txt` })
    }
    return written.length > 0
  } finally {
    await file.close()
  }
}

/** The parts as which it is to be sent: cut at the ends of lines, none where there is nothing to be read. */
async function writeInto(parts: LogParts, file: UnnamedFile, log: NamedLog): Promise<readonly Part[]> {
  const written: Part[] = []
  let from = 0
  let isBlank = true
  await readLog(parts, log, async text => {
    const to = file.bytes
    await orSaid(parts, () => file.write(text))
    isBlank &&= !text.trim()
    if (file.bytes - from <= log.partBytes || to === from) return
    written.push({ from, to })
    from = to
  })
  return isBlank ? [] : [...written, { from, to: file.bytes }]
}

/** @throws TC_ERR_FILE for what the file system says */
async function orSaid<T>({ ctx }: LogParts, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const why = fileProblem(error)
    if (why === null) throw error
    const message = `The log could not be written on ${ctx.computer}: ${why}. Nothing was sent.`
    throw new TeleclaudeError('TC_ERR_FILE', message, { cause: error })
  }
}
