import type { Clock, Timer } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import type { RequestTable } from './request-table.ts'

/** Which answers the carrier has. Written down with the next request, or soon: only the next daemon needs to know. */
export interface SentNotes {
  note(number: number): void
  /** Within a transaction. */
  write(): void
  flush(): void
}

/** A daemon that ends within it has some answers sent twice; the second is dropped by whoever gets it. */
const WRITE_AFTER_MS = 1000

export function createSentNotes(
  { store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Logger },
  table: Pick<RequestTable, 'sent'>,
): SentNotes {
  let numbers: number[] = []
  let timer: Timer | null = null

  const write = () => {
    for (const number of numbers) table.sent(number)
    numbers = []
  }
  const flush = () => {
    timer?.cancel()
    timer = null
    if (numbers.length === 0) return
    try {
      store.transaction(write)
    } catch (error) {
      numbers = []
      log.warn(
        { err: error },
        'could not write down which answers were sent; the next daemon sends them again',
      )
    }
  }
  return {
    note(number) {
      numbers.push(number)
      timer ??= clock.setTimeout(flush, WRITE_AFTER_MS, { ref: false })
    },
    write,
    flush,
  }
}
