import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'

/** Why mail was not taken in, counted. */
export type MailFault =
  | 'unreadable' // not an envelope, truncated, too large
  | 'wrong_recipient'
  | 'wrong_version'
  | 'unknown_sender'
  | 'unknown_secret'
  | 'forged' // cannot be opened with the pinned key
  | 'expired' // or not yet valid
  | 'refused' // of a revoked computer
  | 'malformed' // opened, but not what the protocol says
  | 'unrecorded' // could not be written down here; who asked was told
  | 'failed' // by a fault of this program
  | 'lost' // dropped by the carrier before it was read

/** Counts the mail that was not taken in. */
export interface MailFaults {
  /** @param error for the log alone */
  count(fault: MailFault, detail: string, error?: unknown): void
  counts(): Readonly<Record<MailFault, number>>
}

/** Whoever can write to the mailbox must not be able to fill the log. */
const LOG_EVERY_MS = 60_000

export function createMailFaults({
  clock,
  log,
}: {
  readonly clock: Clock
  readonly log: Logger
}): MailFaults {
  const counts: Record<MailFault, number> = {
    unreadable: 0,
    wrong_recipient: 0,
    wrong_version: 0,
    unknown_sender: 0,
    unknown_secret: 0,
    forged: 0,
    expired: 0,
    refused: 0,
    malformed: 0,
    unrecorded: 0,
    failed: 0,
    lost: 0,
  }
  const logged = new Map<MailFault, number>()
  return {
    count(fault, detail, error) {
      counts[fault] += 1
      const now = clock.monotonic()
      if (now - (logged.get(fault) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return
      logged.set(fault, now)
      const about = { fault, count: counts[fault], detail, ...(error !== undefined && { err: error }) }
      log.warn(about, 'mail was not taken in')
    },
    counts: () => ({ ...counts }),
  }
}
