import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TeleclaudeError } from '../../../core/index.ts'
import { cleanForChat, sizeText } from '../text/index.ts'
import type { HeardFile } from './heard.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'

/** Long enough to recognise it, short enough for every file system. */
const MAX_NAME_UNITS = 100

/** Saves what somebody sent in the session's folder and types its path, with Enter if they wrote something with it. */
export async function saveUpload(parts: PeopleParts, occasion: Occasion<'file'>): Promise<void> {
  const { heard, record, caller, reply } = occasion
  if (!record) {
    await reply('Send it in the topic of a session: it is saved on the computer of that session.')
    return
  }
  const { ctx } = parts
  const call = <T>(operation: string, input: object = {}) =>
    ctx.operations.call<T>(operation, { session_id: record.session, ...input }, caller)
  const { computer } = await call<{ computer: string }>('session.get')
  if (computer !== ctx.computer) throw elsewhere(computer)
  const path = await save(parts, record.session, heard.file)
  const typed = heard.caption.trim()
    ? { text: `${heard.caption.trim()} ${quoted(path)}`, submit: true }
    : null
  await call('session.input', typed ?? { text: `${quoted(path)} `, submit: false })
  await reply(typed ? 'Saved and typed.' : 'Saved. Its path is typed; Enter is yours to press.')
}

async function save(parts: PeopleParts, session: string, file: HeardFile): Promise<string> {
  const { options, ctx, api } = parts
  const limits = { maxBytes: options.uploadMaxBytes, signal: ctx.signal }
  if (file.bytes !== null && file.bytes > limits.maxBytes) throw tooLarge(file.bytes, limits.maxBytes)
  const folder = join(ctx.stateDir, 'uploads', session)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, fileName(file))
  const partial = `${path}.part`
  const handle = await open(partial, 'wx', 0o600)
  try {
    await api.download(file.id, async bytes => void (await handle.writeFile(bytes)), limits)
    await handle.close()
    await rename(partial, path)
    return path
  } catch (error) {
    await handle.close()
    await rm(partial, { force: true })
    throw error
  }
}

/** Its own name as far as that is harmless, behind something that no other file begins with. */
export function fileName({ name, extension }: Pick<HeardFile, 'name' | 'extension'>): string {
  const unique = randomBytes(3).toString('hex')
  const last =
    cleanForChat(name ?? '')
      .split(/[/\\]/)
      .at(-1) ?? ''
  const harmless = last.replace(/[^\p{L}\p{M}\p{N}._ -]+/gu, '_').replace(/^[.\s-]+|[.\s]+$/g, '')
  const shown = harmless.length > MAX_NAME_UNITS ? harmless.slice(-MAX_NAME_UNITS).toWellFormed() : harmless
  return `${unique}-${shown || `file${extension}`}`
}

/** As a shell, and most agents, take a path with anything in it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

function elsewhere(computer: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_FILE',
    `The session runs on ${computer}, which has no bot of its own: files cannot be sent there from here.`,
  )
}

function tooLarge(bytes: number, most: number): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_FILE',
    `The file has ${sizeText(bytes)}, and ${sizeText(most)} is the most that is taken.`,
  )
}
