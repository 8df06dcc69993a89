import type { Cursor } from '../ids.ts'
import { formatCursor, parseCursor, START } from '../journal/cursor.ts'
import { type Entry, entryFromWire, type Notice } from '../journal/entry.ts'
import type { WatchEnd } from '../operations/follow.ts'
import type { InvokeOptions } from '../operations/operation.ts'
import type { WatchItem } from '../operations/session-watch.ts'
import type { Session } from '../sessions/session.ts'

/** Reads the journals of sessions on other computers, and has notices added to them. */
export interface RemoteEntries {
  /** A session elsewhere that is known here. */
  find(id: string): Session | undefined
  /** Entries after `since`, then live ones, until `signal` aborts, or the session has ended and all is read. */
  watch(session: Session, since: Cursor, signal: AbortSignal): AsyncIterable<Entry>
  /** As `watch`, item by item: the next is handed on when `onItem` has settled. Settles with how the watch ended. */
  follow(
    session: Session,
    since: Cursor,
    signal: AbortSignal,
    onItem: (item: WatchItem) => Promise<void>,
  ): Promise<WatchEnd>
  /** The newest `limit` entries, oldest first. */
  newest(session: Session, limit: number): Promise<readonly Entry[]>
  /** Settles with the cursor of the notice when its owner has committed it. */
  notify(session: Session, notice: Notice): Promise<Cursor>
}

export interface RemoteEntriesParts {
  find(id: string): Session | undefined
  /** `session.watch`, done by the session's owner. */
  watch(input: WatchInput, options: InvokeOptions): Promise<WatchEnd>
  /** `session.notify`, likewise. */
  notify(input: { readonly session_id: string } & Omit<Notice, 'kind' | 'file'>): Promise<{ cursor: string }>
}

/** The input of `session.watch`, as far as it is needed here. */
export interface WatchInput {
  readonly session_id: string
  readonly since?: string
  readonly until?: string
  readonly last_bytes?: number
  readonly follow: boolean
}

export function createRemoteEntries({ find, watch, notify }: RemoteEntriesParts): RemoteEntries {
  return {
    find,
    watch: ({ id }, since, signal) => followed(watch, { session_id: id, since, follow: true }, signal),
    follow: ({ id }, since, signal, onItem) =>
      watch(
        { session_id: id, since, follow: true },
        // `session.watch` emits nothing else.
        { signal, onItem: item => onItem(item as WatchItem) },
      ),
    async newest({ id }, limit) {
      const { cursor: until } = await watch({ session_id: id, last_bytes: 0, follow: false }, {})
      const { epoch, seq } = parseCursor(until)
      if (epoch === null || limit <= 0) return []
      const since = formatCursor(epoch, Math.max(0, seq - limit))
      const entries: Entry[] = []
      await watch(
        { session_id: id, since, until, follow: false },
        { onItem: item => void entries.push(...entriesOf(item)) },
      )
      return entries.slice(-limit)
    },
    async notify({ id }, { text, format, author }) {
      const { cursor } = await notify({ session_id: id, text, format, author })
      const { epoch, seq } = parseCursor(cursor)
      return epoch === null ? START : formatCursor(epoch, seq)
    },
  }
}

async function* followed(
  watch: RemoteEntriesParts['watch'],
  input: WatchInput,
  signal: AbortSignal,
): AsyncGenerator<Entry, void> {
  if (signal.aborted) return
  const slot = createSlot()
  const left = new AbortController()
  const leave = () => {
    left.abort()
    slot.end()
  }
  signal.addEventListener('abort', leave, { once: true })
  void watch(input, { signal: left.signal, onItem: item => slot.put(entriesOf(item)) }).then(
    () => slot.end(),
    error => slot.end({ error }),
  )
  try {
    for (let entries = await slot.take(); entries; entries = await slot.take()) {
      for (const entry of entries) {
        if (signal.aborted) return
        yield entry
      }
    }
  } finally {
    signal.removeEventListener('abort', leave)
    leave()
  }
}

function entriesOf(item: unknown): Entry[] {
  // `session.watch` emits nothing else.
  return (item as WatchItem).entries.map(entryFromWire)
}

interface Slot {
  /** Settles when they were taken, so that no more is read than one item ahead. */
  put(entries: readonly Entry[]): Promise<void>
  /** The next entries; null after the last. Throws what the end says. */
  take(): Promise<readonly Entry[] | null>
  /** Nobody waits any more, on either side. Only the first end counts. */
  end(failure?: { readonly error: unknown }): void
}

/** Hands entries from who reads them to who wants them. */
function createSlot(): Slot {
  const waiting: { readonly entries: readonly Entry[]; readonly taken: () => void }[] = []
  let over: { readonly error?: unknown } | null = null
  let wake = () => {}
  return {
    put(entries) {
      if (over) return Promise.resolve()
      return new Promise(taken => {
        waiting.push({ entries, taken })
        wake()
      })
    },
    async take() {
      while (waiting.length === 0 && !over) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
      const next = waiting.shift()
      next?.taken()
      if (next) return next.entries
      if (over && 'error' in over) throw over.error
      return null
    },
    end(failure = undefined) {
      over ??= failure ?? {}
      for (const { taken } of waiting.splice(0)) taken()
      wake()
    },
  }
}
