import {
  type Caller,
  type Cursor,
  entryFromWire,
  parseCursor,
  START,
  TeleclaudeError,
  type WireEntry,
} from '../../../core/index.ts'
import { beginDeadline } from '../api/deadline.ts'
import type { TelegramParts } from '../parts.ts'
import { LogText } from './log-text.ts'

/** All that a session printed up to a cursor. */
export interface LogRange {
  readonly session: string
  readonly until: Cursor
  readonly caller: Caller
}

const PAGE_BYTES = 262_144
/** Masked in some milliseconds, before anything else has its turn: entries have 4 KiB at most. */
const ENTRIES_AT_ONCE = 8
/** Longer than another computer takes to answer that will answer. */
const PAGE_TIMEOUT_MS = 60_000

/**
 * Reads a log page by page, wherever its session runs, and waits until each piece of its text is written.
 * @throws TC_ERR_TIMEOUT where its computer answers no more, TC_ERR_CANCELLED, and what reading and `write` throw
 */
export async function readLog(
  { ctx, mask }: Pick<TelegramParts, 'ctx' | 'mask'>,
  range: LogRange,
  write: (text: string) => Promise<void>,
): Promise<void> {
  const text = new LogText(mask)
  const take = async (entries: readonly WireEntry[]) => {
    for (let at = 0; at < entries.length; at += ENTRIES_AT_ONCE) {
      await write(text.take(entries.slice(at, at + ENTRIES_AT_ONCE).map(entryFromWire)))
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  const end = parseCursor(range.until).seq
  for (let since: Cursor = START; parseCursor(since).seq < end; ) {
    const next = await readPage(ctx, range, since, take)
    if (next === since) break
    since = next
  }
  await write(text.end())
}

async function readPage(
  { operations, clock, signal }: TelegramParts['ctx'],
  { session, until, caller }: LogRange,
  since: Cursor,
  take: (entries: readonly WireEntry[]) => Promise<void>,
): Promise<Cursor> {
  const ask = { session_id: session, since, until, max_bytes: PAGE_BYTES, follow: false }
  const deadline = beginDeadline(clock, PAGE_TIMEOUT_MS, signal)
  // `session.watch` emits nothing else.
  const onItem = (item: unknown) => take((item as { readonly entries: readonly WireEntry[] }).entries)
  const options = { signal: deadline.signal, onItem }
  try {
    const page = operations.call<{ cursor: Cursor }>('session.watch', ask, caller, options)
    return (await deadline.race(page)).cursor
  } catch (error) {
    if (deadline.isOver) throw unanswered()
    throw signal.aborted ? cancelled() : error
  } finally {
    deadline.end()
  }
}

function unanswered(): TeleclaudeError {
  const message =
    'The log could not be read to its end: the computer of the session does not answer. Ask again when it does.'
  return new TeleclaudeError('TC_ERR_TIMEOUT', message)
}

function cancelled(): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_CANCELLED', 'A log is not sent: the plugin is closing.')
}
