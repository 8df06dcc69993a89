import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { InputFile } from 'grammy'
import type { FileReference, Session } from '../../../core/index.ts'
import { isFault, TelegramFault } from '../api/fault.ts'
import { MAX_UPLOAD_BYTES, uploadTimeoutMs } from '../api/upload-limits.ts'
import type { TelegramParts } from '../parts.ts'
import type { Place } from '../post.ts'
import { cleanForChat, escapeHtml, type Mask, plainOf, sizeText } from '../text/index.ts'
import type { ResultMessage } from './results.ts'
import { UNFIT } from './topic-faults.ts'

/**
 * Sends one result. What Telegram refuses as it is comes in a simpler form, down to a note that says so: a result that
 * cannot be shown must not keep the later ones back. Where even the note is refused, nobody has been told.
 * @throws TelegramFault where nothing can be sent to the topic now
 */
export async function sendResult(
  parts: TelegramParts,
  session: Session,
  place: Place,
  message: ResultMessage,
): Promise<void> {
  const part = healthPart(session.id)
  try {
    await sendInSomeForm(parts, session, place, message)
    parts.health.set(part, null)
  } catch (error) {
    if (isFault(error, 'topic-closed', 'unavailable', ...UNFIT)) parts.health.set(part, error.message)
    throw error
  }
}

/** Its results are not waited for any more. */
export function forgetResults({ health }: TelegramParts, session: string): void {
  health.set(healthPart(session), null)
}

function healthPart(session: string): string {
  return `results of ${session}`
}

async function sendInSomeForm(
  parts: TelegramParts,
  session: Session,
  place: Place,
  message: ResultMessage,
): Promise<void> {
  let fault: TelegramFault | null = null
  let failed: Form | null = null
  for (const form of formsOf(parts, session, place, message)) {
    if (form.isUpload && failed) continue
    fault = await refusalOf(parts, session, place, form)
    if (isFault(fault, 'unavailable')) failed ??= form
    if (fault) continue
    // Only now is it known that Telegram takes messages: what it failed at before may have been any.
    if (failed) await refusalOf(parts, session, place, failed)
    return
  }
  if (fault) throw fault
}

/** Null once it is sent in this form. @throws TelegramFault where that is no matter of the form */
async function refusalOf(
  parts: TelegramParts,
  session: Session,
  place: Place,
  { send }: Form,
): Promise<TelegramFault | null> {
  try {
    await inOpenTopic(parts, place, send)
    return null
  } catch (error) {
    if (!isFault(error, 'unavailable', ...UNFIT)) throw error
    parts.ctx.log.warn({ err: error, session: session.id }, 'Telegram refused a result in this form')
    return error
  }
}

type Send = () => Promise<unknown>

interface Form {
  readonly send: Send
  readonly isUpload: boolean
}

function formsOf(
  parts: TelegramParts,
  session: Session,
  place: Place,
  message: ResultMessage,
): readonly Form[] {
  const say = (html: string) => parts.post.send(place, html, { priority: 'final' })
  const attach = (file: () => InputFile, bytes: number, caption: string) =>
    sendDocument(parts, place, { file, bytes, caption })
  const said = (send: Send): Form => ({ send, isUpload: false })
  const uploaded = (send: Send): Form => ({ send, isUpload: true })
  const asFile = (text: string, name: string, caption: string) =>
    uploaded(() => {
      const bytes = Buffer.from(text)
      return attach(() => new InputFile(bytes, name), bytes.length, caption)
    })
  const refused = said(() => say(REFUSED))
  switch (message.type) {
    case 'text':
      return [said(() => say(message.html)), asFile(plainOf(message.html), 'output.txt', ''), refused]
    case 'text-file':
      return [
        asFile(message.text, message.name, message.caption),
        asFile(message.text, message.name, ''),
        said(() => say(`${message.caption}\n${CUT}`)),
        refused,
      ]
    case 'file':
      return [
        uploaded(async () => {
          const { path, name } = message.file
          const found = await look(message.file, session, parts.ctx.computer)
          if (found.why !== null) return await say(withoutFile(message, found.why, parts.mask))
          const isCaption = plainOf(message.caption).length <= CAPTION_UNITS
          if (!isCaption) await say(message.caption)
          const shown = parts.mask(cleanForChat(name))
          return await attach(() => fileAt(path, shown), found.bytes, isCaption ? message.caption : '')
        }),
        said(async () => {
          // It may have changed since it was looked at.
          const { why } = await look(message.file, session, parts.ctx.computer)
          await say(withoutFile(message, why ?? 'was refused by Telegram.', parts.mask))
        }),
        refused,
      ]
  }
}

/** https://core.telegram.org/bots/api#senddocument */
const CAPTION_UNITS = 1024
const ELSEWHERE = 'Read it with /log, or with teleclaude session read.'
const REFUSED = `⚠️ <i>Telegram refused a result of this session. ${ELSEWHERE}</i>`
const CUT = `⚠️ <i>This is only the end of it. ${ELSEWHERE}</i>`

function withoutFile({ file, caption }: ResultMessage & { type: 'file' }, why: string, mask: Mask): string {
  return `${caption}\n⚠️ <i>${escapeHtml(`The file ${mask(cleanForChat(file.path))} ${why}`)}</i>`
}

type Look = { readonly why: string } | { readonly why: null; readonly bytes: number }

async function look({ path }: FileReference, session: Session, computer: string): Promise<Look> {
  if (session.computer !== computer) return { why: `is on ${session.computer}.` }
  const found = await stat(path).catch(() => null)
  if (!found?.isFile()) return { why: 'is not there any more.' }
  if (found.size === 0) return { why: 'is empty.' }
  if (found.size <= MAX_UPLOAD_BYTES) return { why: null, bytes: found.size }
  return { why: `has ${sizeText(found.size)}; Telegram takes ${sizeText(MAX_UPLOAD_BYTES)} from bots.` }
}

/** It may have grown since it was looked at; Telegram cuts the line on what is too large, which looks like an outage. */
function fileAt(path: string, name: string): InputFile {
  const { size = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {}
  if (size <= MAX_UPLOAD_BYTES) return new InputFile(path, name)
  throw new TelegramFault('too-long', 'The file is too large for Telegram by now.', {
    method: 'sendDocument',
  })
}

interface Attachment {
  /** A file is read while it is sent, so each try has one of its own. */
  file(): InputFile
  readonly bytes: number
  readonly caption: string
}

async function sendDocument(
  { post }: TelegramParts,
  place: Place,
  { file, bytes, caption }: Attachment,
): Promise<void> {
  const to = {
    chat_id: place.chat,
    ...(place.topic !== null && { message_thread_id: place.topic }),
    // What was shown as a file is not to become a picture or a film.
    disable_content_type_detection: true,
  }
  const said = caption ? ({ caption, parse_mode: 'HTML' } as const) : {}
  const payload = () => ({ ...to, ...said, document: file() })
  await post.call(place, 'sendDocument', payload, { priority: 'final', timeoutMs: uploadTimeoutMs(bytes) })
}

/** Somebody may have closed the topic of a session that lives. */
async function inOpenTopic({ post, ctx }: TelegramParts, place: Place, send: Send): Promise<void> {
  try {
    await send()
  } catch (error) {
    if (!isFault(error, 'topic-closed') || place.topic === null) throw error
    ctx.log.info({ session: place.lane }, 'the topic was closed by somebody: it is opened for a result')
    const payload = { chat_id: place.chat, message_thread_id: place.topic }
    try {
      await post.call(place, 'reopenForumTopic', () => payload, { priority: 'final' })
    } catch (refusal) {
      if (isFault(refusal, ...UNFIT)) throw error
      // Somebody was faster.
      if (!isFault(refusal, 'not-modified')) throw refusal
    }
    await send()
  }
}
