import type { SessionId } from '../ids.ts'
import { formatCursor, parseCursor } from '../journal/cursor.ts'
import type { WireEntry } from '../journal/entry.ts'
import type { WatchEnd } from '../operations/follow.ts'
import type { InvokeOptions } from '../operations/operation.ts'
import type { WatchItem } from '../operations/session-watch.ts'
import { isLive, type SessionState } from '../sessions/session.ts'
import type { RequestBody } from './messages.ts'
import type { Outlets } from './outlets.ts'
import type { WatchAnswer } from './watch-answer.ts'
import { outputBytes } from './wire-chunk.ts'

export interface ServeWatchParts {
  /** Does `session.watch` for the computer that asks. */
  readonly serve: (input: unknown, options: InvokeOptions) => Promise<unknown>
  readonly outlets: Pick<Outlets, 'subscribe'>
  /** The largest message that the transport carries. */
  readonly maxMessageBytes: number
}

/** The most output in one answer: enough to keep a reader busy for the way there and back. */
export const PAGE_BYTES = 256 * 1024
/** Left for the header of the message, and for what is in the answer beside its entries. */
const ENVELOPE_BYTES = 4096

/** Answers a computer that watches a session here: with one page, and if it wants to read on, with the key of the session's stream. */
export async function serveWatch(
  { serve, outlets, maxMessageBytes }: ServeWatchParts,
  from: string,
  { input, subscribe, fresh }: Pick<RequestBody, 'input' | 'subscribe' | 'fresh'>,
  signal: AbortSignal,
): Promise<WatchAnswer> {
  const enough = new AbortController()
  const stop = () => enough.abort('enough')
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const page = new Page(maxMessageBytes - ENVELOPE_BYTES)
  const onItem = (item: unknown) => {
    // `session.watch` emits nothing else.
    if (!page.take(item as WatchItem)) stop()
  }
  // `session.watch` returns nothing else.
  const end = (await serve(pageInput(input), { signal: enough.signal, onItem }).finally(() =>
    signal.removeEventListener('abort', stop),
  )) as WatchEnd
  const answered = page.isFull ? { ...end, cursor: page.cursor ?? end.cursor, at_end: false } : end
  // What was printed while the page was read comes by the stream, so that this is soon over even if much is printed.
  const isNearEnd = answered.at_end || (!page.isFull && page.outputBytes < PAGE_BYTES)
  const wantsStream = subscribe === true && isNearEnd && isLive(answered.state as SessionState)
  return {
    items: page.items,
    end: answered,
    stream: wantsStream ? streamFor(outlets, from, { input, cursor: answered.cursor, fresh }) : null,
  }
}

function pageInput(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input
  const { max_bytes = PAGE_BYTES } = input as { max_bytes?: unknown }
  const isTooMuch = typeof max_bytes === 'number' && max_bytes > PAGE_BYTES
  return { ...input, follow: false, max_bytes: isTooMuch ? PAGE_BYTES : max_bytes }
}

function streamFor(
  outlets: Pick<Outlets, 'subscribe'>,
  from: string,
  watched: { readonly input: unknown; readonly cursor: string; readonly fresh: boolean | undefined },
): WatchAnswer['stream'] {
  // The operation has parsed it, and found the session.
  const { session_id } = watched.input as { session_id: SessionId }
  const { seq } = parseCursor(watched.cursor)
  const { epoch, key } = outlets.subscribe(session_id, from, seq, watched.fresh === true)
  return { epoch, key_id: key.id, key: Buffer.from(key.key).toString('base64') }
}

/** The items of an answer, as many as fit into a message. */
class Page {
  readonly items: WatchItem[] = []
  isFull = false
  outputBytes = 0
  readonly #maxBytes: number
  #left: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#left = maxBytes
  }

  /** Of the last entry that was taken. */
  get cursor(): string | undefined {
    return this.items.at(-1)?.cursor
  }

  /** Takes as much of the item as there is room for; false if that was not all. */
  take({ entries, cursor, context }: WatchItem): boolean {
    if (this.isFull) return false
    const before = context && this.#newest(context)
    const taken = this.#oldest(entries)
    this.isFull = taken.length < entries.length
    if (taken.length === 0 && !before) return false
    const { epoch } = parseCursor(cursor)
    const last = taken.at(-1)
    this.items.push({
      entries: taken,
      cursor: this.isFull && epoch && last ? formatCursor(epoch, last.seq) : cursor,
      ...(before && { context: before }),
    })
    return !this.isFull
  }

  #oldest(entries: readonly WireEntry[]): readonly WireEntry[] {
    const taken: WireEntry[] = []
    for (const entry of entries) {
      const fitting = jsonBytes(entry) > this.#maxBytes / 2 ? shortened(entry) : entry
      this.#left -= jsonBytes(fitting)
      if (this.#left < 0) break
      taken.push(fitting)
      this.outputBytes += outputBytes(fitting)
    }
    return taken
  }

  /** It only says how a line begins, so the end of it is what counts, and it must leave room for what is new. */
  #newest(context: readonly WireEntry[]): readonly WireEntry[] {
    let room = this.#maxBytes / 2
    const first = context.findLastIndex(entry => {
      room -= jsonBytes(entry)
      return room < 0
    })
    const kept = context.slice(first + 1)
    for (const entry of kept) this.#left -= jsonBytes(entry)
    return kept
  }
}

function jsonBytes(entry: WireEntry): number {
  return Buffer.byteLength(JSON.stringify(entry)) + 1
}

/** What is too large to be carried, without what makes it so. */
function shortened(entry: WireEntry): WireEntry {
  const { seq, at } = entry
  if (entry.kind === 'input') return { kind: 'input', author: entry.author, length: entry.length, seq, at }
  return { kind: 'gap', bytes: 0, fromSeq: seq, toSeq: seq, reason: 'too large to be carried', seq, at }
}
