import { z } from 'zod'
import { TeleclaudeError } from '../errors.ts'
import type { Cursor, Epoch } from '../ids.ts'
import { formatCursor, type Position, parseCursor } from '../journal/cursor.ts'
import type { WireEntry } from '../journal/entry.ts'
import { parseWireEntry } from '../journal/entry-schema.ts'
import type { WatchEnd } from '../operations/follow.ts'
import type { WatchItem } from '../operations/session-watch.ts'
import { sessionState } from '../sessions/session-schema.ts'
import type { StreamPass } from './outlets.ts'
import { watchAnswer } from './watch-answer.ts'

/** What an owner answered, found to be what it should be. */
export interface WatchPage {
  readonly items: readonly WatchItem[]
  readonly end: WatchEnd
  /** Where the page ends. */
  readonly position: Position
  readonly pass: StreamPass | null
}

const itemSchema = z.object({
  entries: z.array(z.unknown()),
  cursor: z.string().max(64),
  context: z.array(z.unknown()).max(1000).optional(),
})
const KEY_BYTES = 32
const EPOCH = /^[a-z2-7]{8}$/

/**
 * Checks an answer to a watch from `since` on: its entries follow each other, and that position, without a hole that no
 * gap explains. `since` is null where the owner was to say where to begin.
 * @throws TC_ERR_PROTOCOL
 */
export function readPage(answer: unknown, since: Position | null): WatchPage {
  const parsed = watchAnswer.safeParse(answer)
  if (!parsed.success) throw malformed('it is not of the form that was agreed')
  const { end, stream } = parsed.data
  let at = since
  const items = parsed.data.items.map(value => {
    const { item, position } = readItem(value, at)
    at = position
    return item
  })
  const position = positionOf(end.cursor)
  if (at && (at.seq !== position.seq || (at.epoch !== position.epoch && items.length > 0)))
    throw malformed('it does not end where its entries do')
  const state = sessionState.safeParse(end.state)
  if (!state.success) throw malformed('its session is in a state that there is not')
  return {
    items,
    // Parsed above.
    end: { ...end, cursor: end.cursor as Cursor, state: state.data },
    position,
    pass: stream && readPass(stream, position),
  }
}

function readItem(value: unknown, since: Position | null): { item: WatchItem; position: Position } {
  const parsed = itemSchema.safeParse(value)
  if (!parsed.success) throw malformed('an item of it is malformed')
  const { cursor, context } = parsed.data
  const position = positionOf(cursor)
  const entries = parsed.data.entries.map(readEntry)
  if (since) requireOrder(entries, since, position)
  const last = entries.at(-1)
  if (last ? last.seq !== position.seq : since && since.seq !== position.seq)
    throw malformed("an item's cursor is not that of its last entry")
  // Parsed above.
  const item = { entries, cursor: cursor as Cursor }
  return { item: context ? { ...item, context: context.map(readEntry) } : item, position }
}

/** In another journal than before everything begins with a gap; else an entry follows an entry. */
function requireOrder(entries: readonly WireEntry[], since: Position, { epoch }: Position): void {
  const isForeign = since.epoch !== null && epoch !== since.epoch
  let seq = isForeign ? -1 : since.seq
  for (const entry of entries) {
    const follows = entry.kind === 'gap' ? entry.seq > seq : !(isForeign && seq < 0) && entry.seq === seq + 1
    if (!follows) throw malformed(`entry ${entry.seq} does not follow entry ${seq}`)
    seq = entry.seq
  }
}

function readEntry(value: unknown): WireEntry {
  const entry = parseWireEntry(value)
  if (entry === null) throw malformed('an entry of it is malformed')
  return entry
}

function readPass(stream: { epoch: string; key_id: string; key: string }, end: Position): StreamPass {
  const key = Buffer.from(stream.key, 'base64')
  const isOfEnd = end.epoch === null ? end.seq === 0 : end.epoch === stream.epoch
  if (key.length !== KEY_BYTES || !EPOCH.test(stream.epoch) || !isOfEnd)
    throw malformed('the key of its stream is none')
  return { epoch: stream.epoch as Epoch, key: { id: stream.key_id, key } }
}

function positionOf(cursor: string): Position {
  try {
    return parseCursor(cursor)
  } catch {
    throw malformed('a cursor of it is none')
  }
}

export function malformed(why: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_PROTOCOL',
    `The other computer's answer to session.watch cannot be used: ${why}. Does it run another version of this program?`,
  )
}

export function cursorOf({ epoch, seq }: Position): Cursor {
  return epoch === null ? ('0' as Cursor) : formatCursor(epoch, seq)
}
