import { stat } from 'node:fs/promises'
import { InputFile } from 'grammy'
import type { FileReference, Session } from '../../../core/index.ts'
import { isFault } from '../api/fault.ts'
import type { TelegramParts } from '../parts.ts'
import type { Place } from '../post.ts'
import { escapeHtml, plainOf, sizeText } from '../text/index.ts'
import type { ResultMessage } from './results.ts'

/** What Telegram takes from bots: https://core.telegram.org/bots/api#sending-files */
const MAX_UPLOAD_BYTES = 50_000_000

/**
 * Sends one result. What Telegram refuses as it is comes in a simpler form, down to a note that says so: a result that
 * cannot be shown must not keep the later ones back.
 * @throws TelegramFault where nothing can be sent to the topic now
 */
export async function sendResult(
  parts: TelegramParts,
  session: Session,
  place: Place,
  message: ResultMessage,
  signal: AbortSignal,
): Promise<void> {
  const forms = formsOf(parts, session, place, message, signal)
  for (const [at, send] of forms.entries()) {
    try {
      return await inOpenTopic(parts, place, signal, send)
    } catch (error) {
      if (!isFault(error, 'refused', 'too-long', 'bad-markup', 'no-method')) throw error
      parts.ctx.log.warn(
        { err: error, session: session.id, form: at },
        'Telegram refused a result in this form',
      )
    }
  }
}

type Send = () => Promise<unknown>

function formsOf(
  parts: TelegramParts,
  session: Session,
  place: Place,
  message: ResultMessage,
  signal: AbortSignal,
): readonly Send[] {
  const say = (html: string) => parts.post.send(place, html, { priority: 'final', signal })
  const attach = (file: () => InputFile, caption: string) => sendDocument(parts, place, file, caption, signal)
  const note = (why: string) => () => say(`⚠️ <i>${escapeHtml(why)}</i>`)
  const asFile = (text: string, name: string, caption: string) => () =>
    attach(() => new InputFile(Buffer.from(text), name), caption)
  const refused = note(
    'Telegram refused a result of this session. Read it with /log, or with teleclaude session read.',
  )
  switch (message.type) {
    case 'text':
      return [() => say(message.html), asFile(plainOf(message.html), 'output.txt', ''), refused]
    case 'text-file':
      return [
        asFile(message.text, message.name, message.caption),
        asFile(message.text, message.name, ''),
        () => say(message.caption),
        refused,
      ]
    case 'file':
      return [
        async () => {
          const why = await unreadable(message.file, session, parts.ctx.computer)
          const { path, name } = message.file
          if (why) await say(`${message.caption}\n⚠️ <i>${escapeHtml(`The file ${path} ${why}`)}</i>`)
          else await attach(() => new InputFile(path, name), message.caption)
        },
        () => say(message.caption),
        refused,
      ]
  }
}

async function unreadable(
  { path }: FileReference,
  session: Session,
  computer: string,
): Promise<string | null> {
  if (session.computer !== computer) return `is on ${session.computer}.`
  const found = await stat(path).catch(() => null)
  if (!found?.isFile()) return 'is not there any more.'
  if (found.size <= MAX_UPLOAD_BYTES) return null
  return `has ${sizeText(found.size)}; Telegram takes ${sizeText(MAX_UPLOAD_BYTES)} from bots.`
}

async function sendDocument(
  { post }: TelegramParts,
  place: Place,
  file: () => InputFile,
  caption: string,
  signal: AbortSignal,
): Promise<void> {
  const to = {
    chat_id: place.chat,
    ...(place.topic !== null && { message_thread_id: place.topic }),
  }
  const said = caption ? ({ caption, parse_mode: 'HTML' } as const) : {}
  // A file is read while it is sent, so each try has one of its own.
  const payload = () => ({ ...to, ...said, document: file() })
  await post.call(place, 'sendDocument', payload, { priority: 'final', signal })
}

/** Somebody may have closed the topic of a session that lives. */
async function inOpenTopic(
  { post }: TelegramParts,
  place: Place,
  signal: AbortSignal,
  send: Send,
): Promise<void> {
  try {
    await send()
  } catch (error) {
    if (!isFault(error, 'topic-closed') || place.topic === null) throw error
    const payload = { chat_id: place.chat, message_thread_id: place.topic }
    await post.call(place, 'reopenForumTopic', () => payload, { priority: 'final', signal })
    await send()
  }
}
