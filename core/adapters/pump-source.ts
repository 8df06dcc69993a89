import type { Epoch } from '../ids.ts'
import type { Entry } from '../journal/entry.ts'
import type { ReadLimit } from '../journal/journal.ts'
import type { Session } from '../sessions/session.ts'

/** Where a pump takes the entries of one session from: the journal here, or what is watched of one elsewhere. It keeps the place. */
export interface PumpSource {
  /** The newest entry that the far side has. */
  readonly sentSeq: number
  /** Why nothing comes, where that is not because there is nothing. */
  readonly problem: string | null
  /** How many entries are here, but not yet sent. */
  readonly behind: number
  /** Whether the channel is to be closed once nothing is {@link behind}. */
  isOver(session: Session): boolean
  /** The next entries, all of one epoch, at least one where some are behind. The same ones until they are {@link sent}. */
  next(limit: ReadLimit): { readonly epoch: Epoch; readonly entries: readonly Entry[] }
  /** The far side has what came next, up to there. */
  sent(toSeq: number): void
  /** Takes nothing in any more. */
  close(): void
}
