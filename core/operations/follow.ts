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
  /** Aborted when enough was seen, or the caller is gone. The watch then ends as if the journal had. */
  readonly signal: AbortSignal
}

/** Watches a session wherever it runs, handing on its entries; the same composition for this computer and others. */
export function followSession(
  call: OperationCall,
  { signal, ...input }: FollowOptions,
  onEntries: (
    entries: readonly Entry[],
    cursor: Cursor,
    context: readonly Entry[] | undefined,
  ) => Promise<void> | void,
): Promise<WatchEnd> {
  return call.invoke<WatchEnd>('session.watch', input, {
    signal,
    onItem: item => {
      // `session.watch` emits nothing else.
      const { entries, cursor, context } = item as WatchItem
      return onEntries(entries.map(entryFromWire), cursor, context?.map(entryFromWire))
    },
  })
}

/** Given as the reason, since without one every end makes an error that nobody sees. */
const ENOUGH = 'enough was seen'

/** Ends the following of a session: when enough was seen, or when the caller is gone. */
export class Stop implements Disposable {
  readonly #controller = new AbortController()
  readonly #caller: AbortSignal
  readonly end = (): void => this.#controller.abort(ENOUGH)

  /** @param caller aborts when the caller is gone */
  constructor(caller: AbortSignal) {
    this.#caller = caller
    if (caller.aborted) this.end()
    else caller.addEventListener('abort', this.end)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  [Symbol.dispose](): void {
    this.#caller.removeEventListener('abort', this.end)
  }
}
