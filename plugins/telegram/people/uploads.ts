import { isLive, TeleclaudeError } from '../../../core/index.ts'
import { isFault } from '../api/fault.ts'
import { sizeText } from '../text/index.ts'
import { fileProblem } from './file-problem.ts'
import type { HeardFile } from './heard.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { sessionIn } from './session-in.ts'
import { offerToStartAgain } from './start-again.ts'
import { type Fetch, saveFile } from './upload-folder.ts'

/**
 * Saves what somebody sent to the session and types its path, with Enter if they wrote something with it; not so in an
 * album, because nobody knows how much of it is still to come.
 */
export async function saveUpload(parts: PeopleParts, occasion: Occasion<'file'>): Promise<void> {
  const session = await sessionIn(parts, occasion)
  if (!session) {
    return occasion.reply(
      'Send files to the topic of a session: they are saved on its computer, and their path is typed.',
    )
  }
  const { file, isForwarded } = occasion.heard
  if (isForwarded)
    return occasion.reply('Forwarded files are not saved. If you mean it, send the file itself.')
  if (!isLive(session.state)) return offerToStartAgain(parts, occasion)
  if (session.computer !== parts.ctx.computer) throw elsewhere(session.computer)
  const saved = await save(parts, session.id, file)
  try {
    await type(parts, occasion, saved.path)
  } catch (error) {
    await saved.remove()
    throw error
  }
  tellSaved(occasion)
}

function tellSaved({ heard, reply, acknowledge }: Occasion<'file'>): void {
  const isCaptioned = heard.caption.trim() !== ''
  // What it brings is seen soon where Enter was pressed, and one answer to an album is enough.
  if (isCaptioned !== heard.isInAlbum) acknowledge()
  else if (isCaptioned) reply(ALBUM_TYPED)
  else reply('📎 Saved, and its path is typed. What you write next goes behind it.')
}

const ALBUM_TYPED =
  '📎 Your words and the paths of these files are typed, without Enter: what you write next goes behind them.'

async function save({ ctx, options, api, outgoing }: PeopleParts, session: string, file: HeardFile) {
  const maxBytes = options.uploadMaxBytes
  if (file.bytes !== null && file.bytes > maxBytes) throw tooLarge(maxBytes)
  const fetch: Fetch = write =>
    outgoing.submitFree(
      'people',
      async signal => {
        const out = await write()
        await api.download(file.id, out, { maxBytes, signal })
      },
      ctx.signal,
    )
  try {
    return await saveFile(ctx.stateDir, session, file, fetch)
  } catch (error) {
    throw problemOf(error, ctx.computer, maxBytes)
  }
}

async function type(
  { ctx }: PeopleParts,
  { heard, record, caller }: Occasion<'file'>,
  path: string,
): Promise<void> {
  const caption = heard.caption.trim()
  const text = caption ? `${caption} ${quoted(path)}` : quoted(path)
  const typed = caption && !heard.isInAlbum ? { text } : { text: `${text} `, submit: false }
  await ctx.operations.call('session.input', { session_id: record?.session, ...typed }, caller)
}

/** As a shell, and most agents, take a path with anything in it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

function problemOf(error: unknown, computer: string, maxBytes: number): unknown {
  if (isFault(error, 'too-long')) return tooLarge(maxBytes)
  const why = fileProblem(error)
  if (why === null) return error
  const message = `The file could not be saved on ${computer}: ${why}. Nothing was typed.`
  return new TeleclaudeError('TC_ERR_FILE', message, { cause: error })
}

function elsewhere(computer: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_FILE',
    `The session runs on ${computer}, which has no bot of its own: files cannot be sent there from here.`,
  )
}

/** https://core.telegram.org/bots/api#getfile */
const MOST_FROM_TELEGRAM = 20_000_000

function tooLarge(maxBytes: number): TeleclaudeError {
  const most = `${sizeText(maxBytes)} is the most that is taken`
  const more =
    maxBytes > MOST_FROM_TELEGRAM ? `, and Telegram’s own server lets bots have no more than 20 MB` : ''
  return new TeleclaudeError('TC_ERR_FILE', `The file is too large: ${most}${more}.`)
}
