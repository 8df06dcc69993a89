import type { Clock, Timer } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'

/**
 * Trims what was taken out of the mailbox, in batches. The last one stays, so that the mailbox shows whether anything
 * was dropped after it; and what was taken only just now stays for a while too, since its position may not be saved yet.
 */
export interface MailboxTrim {
  /** Tells those who write to the mailbox how far it was read, as of now. Never rejects. */
  tell(id: string): Promise<void>
  taken(id: string, bytes: number): void
  /** The mailbox was emptied, or set back: its ids start anew. */
  reset(): void
  /** Trims the rest, if it can, and tells how far that is. Nothing is trimmed afterwards. */
  close(): Promise<void>
}

/** Two of these pass before a single mail goes, so that one command serves many. */
const INTERVAL_MS = 2500
/** What is trimmed earlier: more than this is not left lying about. */
const MAX_BYTES = 1024 * 1024
const MAX_MAILS = 64
/** A computer that was not there for so long loses its mail. */
export const MAILBOX_TTL_SECONDS = 7 * 24 * 3600

/** @param readKey where it is told how far the mailbox was read */
export function createMailboxTrim(link: RedisLink, key: string, readKey: string, clock: Clock): MailboxTrim {
  let timer: Timer | null = null
  let isClosed = false
  let last: string | null = null
  let settled: string | null = null
  let [mails, bytes] = [0, 0]
  /** Another one whenever the ids start anew: an id of before may name mail that nobody has read. */
  let numbering = 0

  async function tell(id: string): Promise<void> {
    try {
      await link.commands.set(readKey, id, 'EX', MAILBOX_TTL_SECONDS)
    } catch (thrown) {
      // It is told with the next mail.
      link.failed(thrown)
    }
  }

  async function trimTo(id: string): Promise<void> {
    try {
      const pipeline = link.commands.pipeline()
      const results = await pipeline.xtrim(key, 'MINID', id).expire(key, MAILBOX_TTL_SECONDS).exec()
      for (const [error] of results ?? []) if (error) throw error
    } catch (thrown) {
      // What stands there longer is trimmed with what comes.
      link.failed(thrown)
    }
  }

  async function advance(): Promise<void> {
    timer?.cancel()
    timer = null
    const due = settled
    const current = numbering
    settled = last
    mails = bytes = 0
    if (settled !== due) arm()
    // Before anything goes, or what was read would seem to have been dropped.
    if (settled !== null && settled !== due) await tell(settled)
    if (due !== null && numbering === current) await trimTo(due)
  }

  function arm(): void {
    if (!isClosed) timer ??= clock.setTimeout(() => void advance(), INTERVAL_MS)
  }

  return {
    tell,
    taken(id, size) {
      last = id
      mails += 1
      bytes += size
      if (mails >= MAX_MAILS || bytes >= MAX_BYTES) void advance()
      else arm()
    },
    reset() {
      numbering += 1
      last = settled = null
    },
    async close() {
      isClosed = true
      timer?.cancel()
      if (last === null) return
      const [due, current] = [last, numbering]
      await tell(due)
      if (numbering === current) await trimTo(due)
    },
  }
}
