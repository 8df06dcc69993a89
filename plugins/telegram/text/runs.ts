import { escapeHtml } from './escape.ts'

/** An element of Telegram's HTML; the same object is the same element. */
export interface Tag {
  readonly name: TagName
  /** How it is opened, with its attributes. */
  readonly open: string
  readonly close: string
}

export type TagName = 'b' | 'i' | 'u' | 's' | 'tg-spoiler' | 'a' | 'code' | 'pre' | 'blockquote'

/** A piece of text and the elements around it, the outermost first. */
export interface Run {
  readonly text: string
  readonly tags: readonly Tag[]
}

/** HTML of runs: balanced, whatever the runs are, and without an element that holds nothing. */
export function writeRuns(runs: Iterable<Run>): string {
  let html = ''
  let open: readonly Tag[] = []
  for (const { text, tags } of runs) {
    if (!text) continue
    html += changeTags(open, tags) + escapeHtml(text)
    open = tags
  }
  return html + changeTags(open, [])
}

function changeTags(from: readonly Tag[], to: readonly Tag[]): string {
  if (from === to) return ''
  let kept = 0
  while (kept < from.length && from[kept] === to[kept]) kept++
  const closed = from.slice(kept).map(({ close }) => close)
  const opened = to.slice(kept).map(({ open }) => open)
  return closed.reverse().join('') + opened.join('')
}
