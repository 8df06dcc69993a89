import { MASKED } from './masked.ts'

const MARKER = /-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----/g
/** Of a block whose other end is missing, lines that are nothing but base64, or the headers above it. */
const KEY_LINES =
  /^(?:(?:\s|\\[rn]){0,8}(?:[A-Za-z0-9+/=]{32,}|[A-Z][A-Za-z-]{2,20}: [^\n\\]{1,200})(?![^\s\\"'])){1,1000}(?:(?:\s|\\[rn]){1,8}[A-Za-z0-9+/=]{1,31}(?![^\s\\"']))?/
/** What mail and tables put before a line says nothing. */
const SAYS_SOMETHING = /[^\s>|]/
const KEY_LINE = /^[\s>|]*[A-Za-z0-9+/=]{1,120}\s*$/
/** The largest keys have about a hundred lines. */
const MAX_LINES = 200

/** Masks private keys in PEM, also where only one end of one is there. */
export function maskKeyBlocks(text: string): string {
  const markers = [...text.matchAll(MARKER)]
  if (markers.length === 0) return text
  let masked = ''
  let at = 0
  for (const [index, { 0: marker, 1: kind, index: start }] of markers.entries()) {
    const end = start + marker.length
    if (end <= at) continue
    const next = markers[index + 1]
    // The line of the marker before this one stays a line.
    const from = at > 0 && text[at] === '\n' ? at + 1 : at
    if (kind === 'END') masked += text.slice(at, from + startOfLastKeyLines(text.slice(from, start))) + MASKED
    else masked += `${text.slice(at, start)}${MASKED}`
    at = end
    if (kind === 'END') continue
    if (next?.[1] === 'END') at = next.index + next[0].length
    else at += text.slice(end, next?.index).match(KEY_LINES)?.[0].length ?? 0
  }
  return masked + text.slice(at)
}

/** Where, of whole lines, those at the end begin that may be part of a private key which goes on behind them. */
export function startOfOpenKey(text: string): number {
  let end = text.length
  for (const { 1: kind, index } of [...text.matchAll(MARKER)].reverse()) {
    if (index >= end) continue
    if (kind === 'END') break
    end = text.lastIndexOf('\n', index) + 1
  }
  return startOfLastKeyLines(text.slice(0, end))
}

/** The marker of a private key that has begun and not ended; null where there is none. */
export function openKeyMarker(text: string): string | null {
  const marker = [...text.matchAll(MARKER)].at(-1)
  return marker?.[1] === 'BEGIN' ? marker[0] : null
}

function startOfLastKeyLines(text: string): number {
  let at = text.length
  for (let lines = 0; lines < MAX_LINES && at > 0; lines++) {
    const start = at > 1 ? text.lastIndexOf('\n', at - 2) + 1 : 0
    const line = text.slice(Math.max(start, at - 200), at)
    if (SAYS_SOMETHING.test(line) && !KEY_LINE.test(line)) break
    at = start
  }
  return at
}
