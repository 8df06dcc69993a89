import type { Clock, Timer } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { SessionId } from '../ids.ts'
import { formatCursor } from '../journal/cursor.ts'
import type { Entry } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../log.ts'
import type { SealedEntry, Transport } from '../transport.ts'
import type { StreamPass } from './outlets.ts'
import { pauseMs } from './patience.ts'
import { createStreamSeal, newStreamKey } from './stream-seal.ts'

export interface OutletParts {
  readonly journal: Journal
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Logger
}

/** Read, sealed and appended at once: what a terminal prints in a few milliseconds. */
const BATCH = { maxBytes: 256 * 1024, maxEntries: 1000 }
/** So many batches may be under way: 2 MiB fill a line of 100 MB/s and 20 ms. */
const MOST_UNDER_WAY = 8
/** How long to wait at most after failures, in milliseconds; {@link Outlet.resume} ends the wait. */
const LONGEST_PAUSE_MS = 5000
/** With more entries behind it a stream begins at the newest: its readers ask for what is old, and it would be trimmed. */
const MOST_AGAIN = 2000
/** An echo takes less; a password, which brings none, may take so much longer to be seen as typed. */
const HOLD_BACK_MS = 10
/** A stream is not begun anew more often than this because a reader wants it, in milliseconds. */
const FRESH_EVERY_MS = 1000

/**
 * Before `writing`, what is left of an earlier stream is removed (`clearing`). After a failure it waits and does that
 * again. Without readers the stream is removed once more, and then it is `gone`.
 */
type Phase = 'clearing' | 'writing' | 'waiting' | 'gone'

/** A batch that was handed to the transport. */
interface Batch {
  readonly to: number
  hasArrived: boolean
}

/** Writes one session's stream from the journal, sealed. The journal is its queue. */
export class Outlet {
  readonly #session: SessionId
  readonly #parts: OutletParts
  readonly #onGone: () => void
  /** Until when each computer reads, by {@link Clock.monotonic}. */
  readonly #readers = new Map<string, number>()
  #key = newStreamKey()
  #seal
  #phase: Phase = 'clearing'
  #isRemoving = false
  /** The entries up to here are in the stream, or need not be. */
  #confirmed: number
  #sent: number
  #batches: Batch[] = []
  /** Batches that have not settled. */
  #underWay = 0
  #isScheduled = false
  #failures = 0
  #retry: Timer | null = null
  #held: Timer | null = null
  #freshAt = Number.NEGATIVE_INFINITY

  constructor(session: SessionId, afterSeq: number, parts: OutletParts, onGone: () => void) {
    this.#session = session
    this.#parts = parts
    this.#onGone = onGone
    this.#seal = createStreamSeal(session, parts.journal.epoch, this.#key)
    this.#confirmed = afterSeq
    this.#sent = afterSeq
  }

  /** To be called once somebody was admitted. */
  begin(): void {
    this.#beginAnew()
  }

  get pass(): StreamPass {
    return { epoch: this.#parts.journal.epoch, key: this.#key }
  }

  /** Lets a computer read until `until`. */
  admit(computer: string, until: number): void {
    this.#readers.set(computer, until)
  }

  renew(computer: string, until: number): void {
    if (this.#readers.has(computer)) this.#readers.set(computer, until)
  }

  release(computer: string): void {
    if (this.#readers.delete(computer) && this.#readers.size === 0) this.#beginAnew()
  }

  /** What is written from now on, the computer cannot read. */
  expel(computer: string): void {
    if (!this.#readers.delete(computer)) return
    this.#changeKey()
    this.#beginAnew()
  }

  /** Forgets who did not renew. */
  expire(now: number): void {
    for (const [computer, until] of this.#readers) if (until <= now) this.release(computer)
  }

  /** Begins the stream anew after `seq`, for a reader who cannot use what is there. */
  freshen(seq: number): void {
    const now = this.#parts.clock.monotonic()
    if (now < this.#freshAt + FRESH_EVERY_MS) return
    this.#freshAt = now
    this.#changeKey()
    this.#confirmed = Math.min(this.#confirmed, seq)
    this.#beginAnew()
  }

  /** Tells of a commit, within it: what is printed is under way before anything else is done. */
  committed(entries: readonly Entry[]): void {
    if (this.#phase !== 'writing' || this.#isScheduled || this.#underWay >= MOST_UNDER_WAY) return
    if (entries.every(entry => entry.kind === 'input')) this.#holdBack()
    else if (entries[0]?.seq === this.#sent + 1 && weightOf(entries) <= BATCH.maxBytes) this.#send(entries)
    else this.#write()
  }

  /** What an input brings comes at once, and goes with it: a message less for both computers. */
  #holdBack(): void {
    this.#held ??= this.#parts.clock.setTimeout(
      () => {
        this.#held = null
        this.#write()
      },
      HOLD_BACK_MS,
      { ref: false },
    )
  }

  resume(): void {
    if (this.#phase === 'waiting') this.#beginAnew()
  }

  /** Settles when the stream is removed, if the carrier allows it. */
  async close(): Promise<void> {
    this.#readers.clear()
    this.#phase = 'gone'
    this.#retry?.cancel()
    this.#held?.cancel()
    await this.#parts.transport.removeStream(this.#session).catch(error => this.#noteFailure(error))
  }

  #changeKey(): void {
    this.#key = newStreamKey()
    this.#seal = createStreamSeal(this.#session, this.#parts.journal.epoch, this.#key)
  }

  /** Only once nothing is under way, so that nothing old comes behind the new. */
  #beginAnew(): void {
    if (this.#phase === 'gone') return
    this.#retry?.cancel()
    this.#phase = 'clearing'
    if (this.#underWay === 0 && !this.#isRemoving) void this.#clear()
  }

  async #clear(): Promise<void> {
    this.#isRemoving = true
    try {
      await this.#parts.transport.removeStream(this.#session)
    } catch (error) {
      this.#noteFailure(error)
      if (this.#readers.size > 0) return this.#wait()
    } finally {
      this.#isRemoving = false
    }
    if (this.#phase !== 'clearing') return
    if (this.#readers.size === 0) return this.#leave()
    this.#batches = []
    const head = this.#head()
    if (head > this.#confirmed + MOST_AGAIN) this.#confirmed = head
    this.#sent = this.#confirmed
    this.#phase = 'writing'
    this.#write()
  }

  #leave(): void {
    this.#phase = 'gone'
    this.#onGone()
  }

  #wait(): void {
    if (this.#phase === 'gone') return
    this.#phase = 'waiting'
    const ms = pauseMs(++this.#failures, LONGEST_PAUSE_MS)
    this.#retry = this.#parts.clock.setTimeout(() => this.#beginAnew(), ms, { ref: false })
  }

  /** Sends the next batch; what comes after it has to wait until others had their turn. */
  #write(): void {
    if (this.#phase !== 'writing' || this.#underWay >= MOST_UNDER_WAY) return
    const entries = this.#read()
    if (entries.length === 0) return
    this.#send(entries)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#write()
    })
  }

  #read(): readonly Entry[] {
    const { journal } = this.#parts
    if (this.#head() <= this.#sent) return []
    try {
      return journal.read(this.#session, formatCursor(journal.epoch, this.#sent), BATCH).entries
    } catch (error) {
      this.#noteFailure(error)
      this.#wait()
      return []
    }
  }

  #head(): number {
    try {
      return this.#parts.journal.head(this.#session)
    } catch (error) {
      // The session was removed, and with it what could be written.
      this.#noteFailure(error)
      return 0
    }
  }

  #send(entries: readonly Entry[]): void {
    const to = entries.at(-1)?.seq ?? this.#sent
    const batch: Batch = { to, hasArrived: false }
    this.#held?.cancel()
    this.#held = null
    this.#batches.push(batch)
    this.#sent = to
    this.#underWay++
    this.#parts.transport.append(this.#session, this.#sealed(entries)).then(
      () => this.#arrived(batch),
      error => this.#failed(error),
    )
  }

  /** Readers find a hole where something was left out, and ask for it. */
  #sealed(entries: readonly Entry[]): readonly SealedEntry[] {
    const { maxMessageBytes } = this.#parts.transport
    return entries
      .filter(entry => !isOfReading(entry))
      .map(entry => ({ seq: entry.seq, bytes: this.#seal.seal(entry) }))
      .filter(({ bytes }) => bytes.byteLength <= maxMessageBytes)
  }

  #arrived(batch: Batch): void {
    batch.hasArrived = true
    for (let first = this.#batches[0]; first?.hasArrived; first = this.#batches[0]) {
      this.#confirmed = first.to
      this.#batches.shift()
    }
    this.#failures = 0
    this.#settled()
  }

  #failed(error: unknown): void {
    this.#noteFailure(error)
    if (this.#phase === 'writing') this.#wait()
    this.#settled()
  }

  #settled(): void {
    this.#underWay--
    if (this.#phase === 'clearing' && this.#underWay === 0 && !this.#isRemoving) void this.#clear()
    else this.#write()
  }

  #noteFailure(error: unknown): void {
    this.#parts.log.debug(
      { session: this.#session, reason: messageOf(error) },
      "a session's stream could not be written",
    )
  }
}

/** A gap that a reading made has the seq of an entry that it is not: nothing else may ever be sealed under that seq. */
function isOfReading(entry: Entry): boolean {
  return entry.kind === 'gap' && (entry.reason === 'retention' || entry.reason === 'epoch')
}

function weightOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + (entry.kind === 'output' ? entry.data.byteLength : 0), 0)
}
