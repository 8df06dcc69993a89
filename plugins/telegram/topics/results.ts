import type { Epoch, FileReference, Notice } from '../../../core/index.ts'
import {
  atMostUnits,
  cleanForChat,
  durationText,
  escapeHtml,
  htmlToSafeHtml,
  type Mask,
  markdownToHtml,
  plainOf,
  quietHtml,
  quietText,
  renderPre,
  sizeText,
  splitHtml,
  tailOf,
} from '../text/index.ts'
import type { Final, PrintedFinal, Typed } from './activity.ts'
import { authorText, type Names, principalText } from './author.ts'
import type { PrintedText, ReadOutput } from './output-reader.ts'

/** One message that Telegram is to have. */
export type ResultMessage =
  | { readonly type: 'text'; readonly html: string }
  | { readonly type: 'text-file'; readonly name: string; readonly text: string; readonly caption: string }
  | { readonly type: 'file'; readonly file: FileReference; readonly caption: string }

/** Too much to be kept while it waits for its turn. */
export function isLarge(messages: readonly ResultMessage[]): boolean {
  return messages.some(({ type }) => type === 'text-file')
}

export interface ResultsOptions {
  readonly read: ReadOutput
  readonly mask: Mask
  readonly names: Names
  /** Results that need more messages than this become a file. */
  readonly maxMessages: number
}

/** A result in the two forms in which it may be sent. */
interface Section {
  /** Made only where it is sent: of what becomes a file it is not. */
  html(): string
  readonly plain: string
  /** The part of the HTML that says how it ended. */
  readonly head: string
  readonly file?: FileReference
}

/** What of a text fits into one message. */
const MESSAGE_UNITS = 4096
/** Of a caption, which may have 1024, so much is left for the end of the output. */
const CAPTION_HEAD_UNITS = 400
const CAPTION_TAIL = { maxLines: 12, maxUnits: 560 }
/** Of what somebody typed this much is shown; the rest is in the terminal. */
const TYPED_UNITS = 200
/** What takes less feels like no time at all. */
const WORTH_SAYING_MS = 500
/** Results that pile up show the output of so much; beyond it only how they ended. */
const MAX_TEXT_UNITS = 1024 * 1024

/**
 * Makes messages of results, merging those that piled up. The same results of the same journal give the same messages,
 * so that after a crash it is known which of them were sent.
 */
export async function composeResults(
  session: string,
  epoch: Epoch,
  finals: readonly Final[],
  options: ResultsOptions,
): Promise<readonly ResultMessage[]> {
  const sections: Section[] = []
  let units = 0
  for (const final of finals) {
    const section = await sectionOf(session, epoch, final, { ...options, isFull: units > MAX_TEXT_UNITS })
    units += section.plain.length
    sections.push(section)
  }
  return layOut(sections, options.maxMessages)
}

/** Runs of text are merged; a file stands by itself, in its place. */
function layOut(sections: readonly Section[], maxMessages: number): readonly ResultMessage[] {
  const messages: ResultMessage[] = []
  let run: Section[] = []
  const flush = () => {
    messages.push(...layOutText(run, maxMessages))
    run = []
  }
  for (const section of sections) {
    if (!section.file) run.push(section)
    else {
      flush()
      messages.push({ type: 'file', file: section.file, caption: section.html() })
    }
  }
  flush()
  return messages
}

function layOutText(sections: readonly Section[], maxMessages: number): readonly ResultMessage[] {
  if (sections.length === 0) return []
  const units = sections.reduce((sum, { plain }) => sum + plain.length, 0)
  const parts =
    units > maxMessages * MESSAGE_UNITS ? [] : splitHtml(sections.map(({ html }) => html()).join('\n\n'))
  if (parts.length > 0 && parts.length <= maxMessages) return parts.map(html => ({ type: 'text', html }))
  const text = `${sections.map(({ plain }) => plain.trimEnd()).join('\n\n')}\n`
  const heads = sections.map(({ head }) => head).join('\n')
  const head = splitHtml(heads, CAPTION_HEAD_UNITS).at(-1) ?? ''
  const tail = renderPre(tailOf(text, CAPTION_TAIL))
  return [{ type: 'text-file', name: 'output.txt', text, caption: `${head}\n${tail}` }]
}

const NOTHING: PrintedText = { text: '', missing: 0, isMoreMissing: true }

type SectionOptions = ResultsOptions & { readonly isFull: boolean }

async function sectionOf(
  session: string,
  epoch: Epoch,
  final: Final,
  options: SectionOptions,
): Promise<Section> {
  if (final.type === 'notice') return await noticeSection(final.notice, options)
  const printed = options.isFull ? NOTHING : await options.read(session, epoch, final)
  return printedSection(headOf(final, options.mask, options.names), withoutEcho(printed, final), options)
}

/** Without a start, such as of what the shell could not parse, the line that was typed stands above what came of it. */
function withoutEcho(printed: PrintedText, final: PrintedFinal): PrintedText {
  const typed = final.type === 'command' && !final.isMarked ? (final.typed?.text?.trim() ?? '') : ''
  const text = printed.text.trimStart()
  return typed && text.startsWith(`${typed}\n`) ? { ...printed, text: text.slice(typed.length + 1) } : printed
}

function printedSection(head: string, printed: PrintedText, { mask }: SectionOptions): Section {
  const shown = mask(cleanForChat(printed.text)).replace(/^\n+/, '').trimEnd()
  const missing = missingText(printed)
  const above = missing ? `${head}\n<i>${missing}</i>` : head
  return {
    html: () => above + (shown ? `\n${renderPre(shown)}` : ''),
    plain: `${plainOf(above)}\n${shown}`,
    head: above,
  }
}

function missingText({ missing, isMoreMissing }: PrintedText): string | null {
  if (missing > 0) return `${isMoreMissing ? 'More than ' : ''}${sizeText(missing)} of it are not here.`
  return isMoreMissing ? 'A part of it is not here.' : null
}

/** What of a result stands above its output: what was typed, by whom, and how it ended. */
export function headOf(final: PrintedFinal, mask: Mask, names: Names): string {
  if (final.type === 'turn') return '✅ <b>done</b>'
  const typed = final.typed ? `${typedText(final.typed, mask, names)}\n` : ''
  if (final.type === 'ended') return typed + endedText(final, mask, names)
  return typed + exitText(final.exitCode, final.durationMs)
}

/** What was typed, and by whom. */
export function typedText({ text, author }: Typed, mask: Mask, names: Names): string {
  const by = `<i>${escapeHtml(authorText(author, names))}</i>`
  const line = mask(cleanForChat(text ?? '')).trim()
  if (!line) return by
  return `<code>${escapeHtml(atMostUnits(line, TYPED_UNITS))}</code> ${by}`
}

/** How a command ended. */
export function exitText(exitCode: number | null, durationMs: number | null): string {
  const took = durationMs === null || durationMs < WORTH_SAYING_MS ? '' : ` · ${durationText(durationMs)}`
  if (exitCode === null) return `☑️ <b>ended</b>${took}`
  return (exitCode === 0 ? '✅ <b>exit 0</b>' : `❌ <b>exit ${exitCode}</b>`) + took
}

function endedText({ state, reason, exitCode }: Final & { type: 'ended' }, mask: Mask, names: Names): string {
  const sign = state === 'failed' || (exitCode !== null && exitCode !== 0) ? '❌' : '🏁'
  const said = reason?.replace(CLOSED_BY, (_, who: string) => `closed by ${principalText(who, names)}`)
  const why = said ? `: ${escapeHtml(quietText(mask(cleanForChat(said))))}` : ''
  return `${sign} <b>The session has ended</b>${why}`
}

/** As core says it of a session that somebody closed. */
const CLOSED_BY = /^closed by (\S+:\S+)$/

async function noticeSection(notice: Notice, { mask, names }: SectionOptions): Promise<Section> {
  const text = mask(cleanForChat(notice.text))
  const by = `<i>${escapeHtml(authorText(notice.author, names))}</i>`
  const html = quietHtml(withoutSecrets(await noticeHtml(text, notice.format), mask))
  const file = notice.file && { file: notice.file }
  const whole = html ? `💬 ${by}\n${html}` : `💬 ${by}`
  return { html: () => whole, plain: plainOf(whole), head: `💬 ${by}`, ...file }
}

/** Markup may have hidden a secret that is seen without it: then the markup is gone too. */
function withoutSecrets(html: string, mask: Mask): string {
  const text = plainOf(html)
  const masked = mask(text)
  // The addresses of links are in the markup alone.
  return masked === text && mask(html) === html ? html : escapeHtml(masked)
}

async function noticeHtml(text: string, format: Notice['format']): Promise<string> {
  if (format === 'markdown') return await markdownToHtml(text)
  return format === 'html' ? htmlToSafeHtml(text) : escapeHtml(text)
}
