import { sequenceEnd } from './sequence.ts'

/** What is still to come of what a shell prints between its start mark and the command: a title, then the way back from it. */
export type Opening = 'title' | 'return'

const ESC = 0x1b
const RETURN = 0x0d
/** Back to the usual character set, as terminals within tmux and screen have it. */
const SHIFT_IN = 0x0f
/** A title longer than this is no shell's. */
const MAX_TITLE_BYTES = 4096
const TITLE = /^\x1b\][012];/
/** Colours and character sets. */
const LOOK = /^\x1b(\[[0-9;:]*m|\([A-Z0-9])$/

/**
 * Looks at what follows at `bytes[at]`: how far it belongs to the shell, and what is to come after it (null: the command's
 * own output). Null where the rest of it has not come yet.
 */
export function openingStep(
  opening: Opening,
  bytes: Buffer,
  at: number,
): { readonly end: number; readonly next: Opening | null } | null {
  const own = { end: at, next: null }
  if (opening === 'return' && bytes[at] === RETURN) return { end: at + 1, next: null }
  if (opening === 'return' && bytes[at] === SHIFT_IN) return { end: at + 1, next: 'return' }
  if (bytes[at] !== ESC) return own
  const end = sequenceEnd(bytes, at)
  if (end === -1) return bytes.length - at > MAX_TITLE_BYTES ? own : null
  const sequence = bytes.toString('latin1', at, end)
  if (opening === 'title' ? TITLE.test(sequence) : LOOK.test(sequence) || TITLE.test(sequence))
    return { end, next: 'return' }
  return own
}
