import type { Epoch, SessionId } from '../ids.ts'
import { createRounds } from '../rounds.ts'
import { Outlet, type OutletParts } from './outlet.ts'
import type { StreamKey } from './stream-seal.ts'

/** What a subscriber needs to read a session's stream. */
export interface StreamPass {
  readonly epoch: Epoch
  readonly key: StreamKey
}

/**
 * The streams of this computer's sessions that others watch: each is written from the journal, sealed, while somebody
 * watches, and removed when nobody does. Subscriptions end by themselves unless they are renewed.
 */
export interface Outlets {
  /** Has the entries after `afterSeq` written to the session's stream. `fresh` begins the stream anew, under another key. */
  subscribe(session: SessionId, computer: string, afterSeq: number, fresh: boolean): StreamPass
  renew(computer: string, sessions: readonly string[]): void
  release(computer: string, sessions: readonly string[]): void
  /** A computer may no longer read: its subscriptions end, and what others read goes on under new keys. */
  expel(computer: string): void
  /** The carrier has returned: what it may have lost is written again. */
  resume(): void
  close(): Promise<void>
  /** The sessions whose streams are being written. */
  readonly open: number
}

/** How long a subscription lasts without being renewed, in milliseconds: six renewals may get lost. */
export const LEASE_MS = 30_000
/** How often it is looked whose time is over, in milliseconds. */
const LOOK_EVERY_MS = 5000

export function createOutlets(parts: OutletParts): Outlets {
  const { journal, clock } = parts
  const outlets = new Map<string, Outlet>()
  const commits = journal.onCommit((session, entries) => outlets.get(session)?.committed(entries))
  const looks = createRounds(parts, LOOK_EVERY_MS, () => {
    for (const outlet of outlets.values()) outlet.expire(clock.monotonic())
  })
  const leaseEnd = () => clock.monotonic() + LEASE_MS

  const open = (session: SessionId, afterSeq: number): Outlet => {
    const outlet = new Outlet(session, afterSeq, parts, () => outlets.delete(session))
    outlets.set(session, outlet)
    return outlet
  }
  return {
    subscribe(session, computer, afterSeq, fresh) {
      const known = outlets.get(session)
      const outlet = known ?? open(session, afterSeq)
      outlet.admit(computer, leaseEnd())
      if (!known) outlet.begin()
      else if (fresh) outlet.freshen(afterSeq)
      return outlet.pass
    },
    renew(computer, sessions) {
      for (const session of sessions) outlets.get(session)?.renew(computer, leaseEnd())
    },
    release(computer, sessions) {
      for (const session of sessions) outlets.get(session)?.release(computer)
    },
    expel(computer) {
      for (const outlet of outlets.values()) outlet.expel(computer)
    },
    resume() {
      for (const outlet of outlets.values()) outlet.resume()
    },
    async close() {
      commits[Symbol.dispose]()
      looks[Symbol.dispose]()
      const last = [...outlets.values()]
      outlets.clear()
      await Promise.all(last.map(outlet => outlet.close()))
    },
    get open() {
      return outlets.size
    },
  }
}
