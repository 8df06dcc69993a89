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
  | 'lost' // dropped by the carrier before it was read

/** Counts the mail that was not taken in. */
export interface MailFaults {
  count(fault: MailFault, detail: string): void
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
    lost: 0,
  }
  const logged = new Map<MailFault, number>()
  return {
    count(fault, detail) {
      counts[fault] += 1
      const now = clock.monotonic()
      if (now - (logged.get(fault) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return
      logged.set(fault, now)
      log.warn({ fault, count: counts[fault], detail }, 'mail was not taken in')
    },
    counts: () => ({ ...counts }),
  }
}
