import { defineService } from '../host/service.ts'
import type { Cursor, Epoch, SessionId } from '../ids.ts'
import type { Entry, EntryDraft } from './entry.ts'

/**
 * How far into its terminal's byte stream an entry reaches: `stream` names one run of one terminal, `offset` is the
 * byte after the last one that the entry covers. Saved with the entry, so that after a crash the stream is taken
 * up again exactly where the journal ends.
 */
export interface SourcePosition {
  readonly stream: string
  readonly offset: number
}

/**
 * An entry to append, with the place in the terminal's byte stream that it reaches, if it came from there. Its bytes
 * must not be changed afterwards: the journal keeps them as they are handed over.
 */
export type Append = EntryDraft & { readonly source?: SourcePosition }

/** How much to read at once; by default 1 MiB or 5000 entries. At least one entry is returned if there is one, however large. */
export interface ReadLimit {
  readonly maxBytes?: number
  readonly maxEntries?: number
  /** Read no further than this seq (inclusive). */
  readonly untilSeq?: number
}

/** A run of entries without a hole. Where older ones are gone, it begins with a `gap` entry made for this reading. */
export interface Slice {
  readonly entries: readonly Entry[]
  /** The cursor of the last entry in `entries`, or the position that was asked for if there is none. */
  readonly cursor: Cursor
  /** Nothing newer was committed when this was read. */
  readonly atEnd: boolean
}

/**
 * The append-only logs of all sessions of this computer. Nothing is visible before it is committed, so a `seq` seen
 * anywhere means the same bytes for ever within one {@link epoch}.
 */
export interface Journal {
  readonly epoch: Epoch
  /**
   * Appends entries, in order, and settles when they are committed. Appends to one session commit in call order.
   * While the disk is full the promise stays pending and the commit is tried again until there is room
   * (see {@link stalled}); it rejects only for a closed journal or an unknown session.
   * @throws TC_ERR_STORE
   */
  append(session: SessionId, entries: readonly Append[]): Promise<readonly Entry[]>
  /** The seq of the newest committed entry; 0 for an empty journal. */
  head(session: SessionId): number
  /** The cursor of the newest committed entry. */
  cursor(session: SessionId): Cursor
  /** The entries after `since`. A cursor of another epoch is answered with a `gap` and then from the oldest kept entry. */
  read(session: SessionId, since: Cursor, limit?: ReadLimit): Slice
  /**
   * Settles with true as soon as the session has an entry after `since` (at once if it has one), with false when
   * `signal` aborts or the journal closes.
   */
  waitForMore(session: SessionId, since: Cursor, signal: AbortSignal): Promise<boolean>
  /** Calls `listener` after every commit, with the entries just committed to one session. Returns the way to stop. */
  onCommit(listener: (session: SessionId, entries: readonly Entry[]) => void): Disposable
  /** The newest committed position in the terminal's byte stream, or null if none was ever saved. */
  lastSource(session: SessionId): SourcePosition | null
  /** The newest entry of this kind of mark, or null. Used to know, after a restart, whether a command is running. */
  lastMark(session: SessionId): Entry | null
  /** Why commits are waiting (a full disk), or null while they are not. */
  readonly stalled: string | null
}

/** The service key of {@link Journal}. */
export const JournalService = defineService<Journal>('journal')
