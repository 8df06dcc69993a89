import { boundaryAfter } from './graphemes.ts'

export interface TailLimits {
  readonly maxLines: number
  readonly maxUnits: number
}

const OMITTED = '…'

/**
 * The newest lines of a text, within both limits. Where something was left out, a line "…" says so; where whole lines
 * would leave most of the room empty, the first one is cut from its front, behind a "…".
 */
export function tailOf(text: string, { maxLines, maxUnits }: TailLimits): string {
  const trimmed = text.trimEnd()
  const from = startOfLines(trimmed, maxLines)
  if (trimmed.length - from <= maxUnits) {
    if (!trimmed.slice(0, from).trim()) return trimmed.slice(from)
  }
  const room = maxUnits - OMITTED.length - 1
  const start = Math.max(startOfLines(trimmed, Math.max(1, maxLines - 1)), trimmed.length - room)
  return cutFront(trimmed, start, room)
}

function cutFront(text: string, start: number, room: number): string {
  if (start > 0 && text[start - 1] === '\n') return `${OMITTED}\n${text.slice(start)}`
  const nextLine = text.indexOf('\n', start) + 1
  if (nextLine > 0 && text.length - nextLine >= room / 2) return `${OMITTED}\n${text.slice(nextLine)}`
  return OMITTED + text.slice(boundaryAfter(text, start))
}

/** Where the last `count` lines begin. */
function startOfLines(text: string, count: number): number {
  let at = text.length
  for (let lines = 0; lines < count && at >= 0; lines++) at = at > 0 ? text.lastIndexOf('\n', at - 1) : -1
  return at + 1
}
