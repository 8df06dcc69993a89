import { TeleclaudeError } from '../errors.ts'
import type { Cursor, Epoch } from '../ids.ts'

/** What a cursor holds: the last entry that was handled. `epoch` is null for the start. */
export interface Position {
  readonly epoch: Epoch | null
  readonly seq: number
}

const FORMAT = /^([a-z2-7]{8})\.(0|[1-9][0-9]{0,15})$/

/** The cursor before the first entry. */
export const START = '0' as Cursor

export function formatCursor(epoch: Epoch, seq: number): Cursor {
  return `${epoch}.${seq}` as Cursor
}

/** @throws TC_ERR_CURSOR_INVALID for anything that {@link formatCursor} did not make. */
export function parseCursor(cursor: string): Position {
  if (cursor === START) return { epoch: null, seq: 0 }
  const match = FORMAT.exec(cursor)
  const seq = Number(match?.[2])
  if (!match || !Number.isSafeInteger(seq)) {
    throw new TeleclaudeError(
      'TC_ERR_CURSOR_INVALID',
      `'${cursor.slice(0, 40)}' is not a cursor. Pass one as it was returned, or 0 for the start.`,
    )
  }
  return { epoch: match[1] as Epoch, seq }
}
