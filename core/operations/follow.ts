import type { Cursor } from '../ids.ts'
import type { Entry } from '../journal/entry.ts'
import { entryFromWire } from '../journal/entry.ts'
import type { OperationCall } from './operation.ts'
import type { WatchItem } from './session-watch.ts'

/** How a watch ended. */
export interface WatchEnd {
  readonly cursor: Cursor
  readonly at_end: boolean
  readonly running: boolean
  readonly state: string
}

export interface FollowOptions {
  readonly session_id: string
  readonly since: string
  readonly until?: string
  readonly follow: boolean
  readonly max_bytes?: number
  readonly context?: boolean
  /** Aborted when enough was seen. The watch then ends as if the journal had. */
  readonly enough: AbortSignal
}

/** Watches a session wherever it runs, handing on its entries; the same composition for this computer and others. */
export function followSession(
  call: OperationCall,
  { enough, ...input }: FollowOptions,
  onEntries: (
    entries: readonly Entry[],
    cursor: Cursor,
    context: readonly Entry[] | undefined,
  ) => Promise<void> | void,
): Promise<WatchEnd> {
  const stop = either(call.signal, enough)
  const watch = call.invoke<WatchEnd>('session.watch', input, {
    signal: stop.signal,
    onItem: item => {
      // `session.watch` emits nothing else.
      const { entries, cursor, context } = item as WatchItem
      return onEntries(entries.map(entryFromWire), cursor, context?.map(entryFromWire))
    },
  })
  return watch.finally(stop.forget)
}

/** Given as the reason, since without one every wait makes an error that nobody sees. */
const STOPPED = 'stopped'

/** As `AbortSignal.any`, whose bookkeeping of weak references costs as much as a commit. */
function either(one: AbortSignal, other: AbortSignal): { signal: AbortSignal; forget(): void } {
  const controller = new AbortController()
  const abort = () => controller.abort(STOPPED)
  const signals = [one, other]
  if (signals.some(signal => signal.aborted)) abort()
  for (const signal of signals) signal.addEventListener('abort', abort, { once: true })
  const forget = () => {
    for (const signal of signals) signal.removeEventListener('abort', abort)
  }
  return { signal: controller.signal, forget }
}
