import type { Clock } from '../clock.ts'
import { asTeleclaudeError, type TeleclaudeError } from '../errors.ts'
import type { Epoch, SessionId } from '../ids.ts'
import type { Position } from '../journal/cursor.ts'
import type { WireEntry } from '../journal/entry.ts'
import type { Logger } from '../log.ts'
import type { Transport } from '../transport.ts'
import { Attempts } from './attempts.ts'
import { type FeedTail, tailOf } from './feed-tail.ts'
import type { StreamPass } from './outlets.ts'
import type { Patience } from './patience.ts'
import { PatientAsk } from './patient-ask.ts'
import { isEnded, type SessionFacts } from './session-facts.ts'
import { StreamReading, type StreamTrouble } from './stream-reading.ts'
import { StreamTrust } from './stream-trust.ts'
import type { WatchCaller } from './watch-answer.ts'
import type { AskPage, Subscription } from './watch-ask.ts'
import type { WatchPage } from './watch-page.ts'

/** A watch that a feed feeds. */
export interface FeedWatcher {
  /** Up to where it has taken what there is; null before it has begun. */
  readonly taken: Position | null
  /** Something has changed: it looks again. */
  wake(): void
}

export interface FeedParts {
  readonly computer: string
  readonly session: string
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Logger
  readonly patience: Patience
  readonly ask: AskPage
  /** Called once. */
  readonly onClosed: () => void
}

/** A watch that is further behind than this is not live: it asks the owner, in its own time. */
const TAIL_BYTES = 256 * 1024
/** Kept while nobody watches, for the next one: what comes between an input and the watch that follows it. */
const LINGERING_BYTES = 64 * 1024
/** How long it goes on when its last watch has ended, in milliseconds. */
const LINGER_MS = 30_000
/** Asked for ahead of a watch, so that one which begins a little earlier finds it here too. */
const PREPARED_BYTES = 4096

/**
 * One session of another computer, as all watches here share it: the newest entries, read from the session's stream.
 * Whatever may be missing is asked of the owner, so that the tail has no hole. It is *cold* while no stream is read and
 * nothing is asked: then whoever watches asks the owner, and hands it what makes it follow again.
 */
export class Feed {
  readonly #parts: FeedParts
  readonly #session: SessionId
  readonly #trust: StreamTrust
  readonly #owner: PatientAsk
  readonly #watchers = new Set<FeedWatcher>()
  readonly #closing = new AbortController()
  readonly #healing = new Attempts(
    () => this.#isHealed(),
    error => this.#healed(error),
  )
  #caller: WatchCaller
  #tail: FeedTail | null = null
  #reading: StreamReading | null = null
  #error: TeleclaudeError | null = null
  #isPreparing = false
  #holeAt: number | null = null
  #wasHeard = true
  #lingersUntil = 0

  constructor(parts: FeedParts, caller: WatchCaller) {
    this.#parts = parts
    this.#session = parts.session as SessionId // where it is none, no owner will give the key of its stream
    this.#trust = new StreamTrust(parts.clock)
    this.#owner = new PatientAsk({ ...parts, signal: this.#closing.signal })
    this.#caller = caller
  }

  /** Whoever waits will be woken. */
  get isFollowing(): boolean {
    return this.isListening || this.#healing.isRunning
  }

  /** Of the journal that it is read from; null while that is not known. */
  get epoch(): Epoch | null {
    return this.#tail?.epoch ?? null
  }

  get isListening(): boolean {
    return this.#reading !== null
  }

  get isPreparing(): boolean {
    return this.#isPreparing
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0
  }

  /** How to ask the owner for what makes the feed follow. */
  get subscription(): Subscription {
    return this.isFollowing ? {} : this.#trust.subscription
  }

  enter(watcher: FeedWatcher, caller: WatchCaller): void {
    this.#caller = caller
    this.#watchers.add(watcher)
  }

  leave(watcher: FeedWatcher): void {
    this.#watchers.delete(watcher)
    if (this.isWatched) return
    this.#linger()
    this.#tail?.trim(LINGERING_BYTES)
    if (!this.#reading && !this.#isPreparing) this.close()
  }

  /** Whether a watch from there needs nothing of the owner. */
  reaches(position: Position, until: Position | null): boolean {
    const tail = this.#tail
    if (!tail?.covers(position) || position.seq > tail.head) return false
    if (!this.#reading || !this.#owner.wasAnswered || !this.#parts.transport.state.up) return false
    return until === null || until.epoch === null || until.epoch === tail.epoch
  }

  /** What is here after a position; null where the owner must be asked. @throws what the owner refused with */
  after(position: Position): readonly WireEntry[] | null {
    if (this.#error) throw this.#error
    return this.#tail?.covers(position) ? this.#tail.after(position.seq) : null
  }

  /** What is known of the session, for a watch that has read up to there. */
  factsAt(position: Position): (SessionFacts & { readonly at_end: boolean }) | null {
    if (!this.#tail?.covers(position)) return null
    return { ...this.#tail.facts, at_end: position.seq >= this.#tail.head }
  }

  /** Takes what a watch got that has read everything there was. */
  adopt(page: WatchPage): void {
    const isKnown = this.isFollowing && this.#tail?.epoch === page.position.epoch
    if (isKnown || this.#closing.signal.aborted) return
    this.#stopReading()
    this.#tail = tailOf(page)
    if (page.pass) this.#listen(page.pass)
    else this.#heal()
  }

  /** Makes the feed follow before anybody watches. */
  prepare(caller: WatchCaller): void {
    this.#linger()
    if (this.isFollowing || this.#isPreparing) return
    this.#caller = caller
    this.#isPreparing = true
    const prepared = (page: WatchPage) => {
      if (page.pass) this.adopt(page)
    }
    const range = { last_bytes: PREPARED_BYTES }
    this.#owner
      .page({ since: null, range, caller, subscription: this.subscription })
      // Where it fails, whoever watches asks as well, and is told what is wrong.
      .then(prepared, () => {})
      .finally(() => {
        this.#isPreparing = false
        if (this.isListening || this.isWatched) this.#wake()
        else this.close()
      })
  }

  /** To be called every few seconds: a feed that hears nothing makes sure that there is nothing. */
  check(): void {
    const isQuiet = !this.#wasHeard
    this.#wasHeard = false
    if (this.isWatched) {
      if (this.#reading && isQuiet) this.#heal()
    } else if (this.#parts.clock.monotonic() >= this.#lingersUntil) this.close()
  }

  /** The carrier has returned, and may have lost something. */
  resume(): void {
    if (this.#reading) this.#heal()
  }

  close(): void {
    if (this.#closing.signal.aborted) return
    this.#closing.abort('closed')
    this.#stopReading()
    this.#parts.onClosed()
    this.#wake()
  }

  #linger(): void {
    this.#lingersUntil = this.#parts.clock.monotonic() + LINGER_MS
  }

  #wake(): void {
    for (const watcher of this.#watchers) watcher.wake()
  }

  #stopReading(): void {
    this.#reading?.[Symbol.dispose]()
    this.#reading = null
  }

  #becomeCold(): void {
    this.#stopReading()
    if (this.isWatched) this.#wake()
    else this.close()
  }

  #listen(pass: StreamPass): void {
    const tail = this.#tail
    if (!tail) return
    this.#stopReading()
    tail.epoch = pass.epoch
    this.#trust.renewed()
    this.#wasHeard = true
    const reading = new StreamReading(this.#session, pass, tail.head, {
      entries: entries => this.#take(tail, entries),
      trouble: trouble => {
        if (this.#reading === reading) this.#leaveStream(trouble, tail.head)
      },
      interrupted: () => this.#heal(),
    })
    this.#reading = reading
    reading.begin(this.#parts.transport, this.#session)
  }

  /** Hands on in the same tick what has come. */
  #take(tail: FeedTail, entries: readonly WireEntry[]): void {
    this.#wasHeard = true
    // Before they are added, so that whoever is live takes all of them, however many they are.
    tail.trim(this.isWatched ? TAIL_BYTES : LINGERING_BYTES)
    for (const entry of entries) tail.push(entry)
    // Where all have fallen behind, reading on would only keep them from catching up.
    const areAllBehind = [...this.#watchers].every(({ taken }) => taken && !tail.covers(taken))
    if (isEnded(tail.facts.state) || (this.isWatched && areAllBehind)) this.#becomeCold()
    else this.#wake()
  }

  /** The stream is read again from where the owner has filled what is missing. */
  #leaveStream(trouble: StreamTrouble, head: number): void {
    const { log, computer, session } = this.#parts
    this.#stopReading()
    // An owner that was asked has filled a hole.
    if (trouble !== 'hole' || head === this.#holeAt) this.#trust.troubled(trouble === 'forged')
    this.#holeAt = trouble === 'hole' ? head : null
    if (trouble === 'forged') log.warn({ computer, session }, 'somebody but its owner writes to a stream')
    this.#heal()
    this.#wake()
  }

  /** Asks the owner for what comes after the head, and for the key of the stream, until both are here. */
  #heal(): void {
    if (this.isWatched) this.#healing.start()
    else if (!this.#reading) this.close()
  }

  #healed(error: unknown): void {
    if (error !== null) this.#error = asTeleclaudeError(error)
    if (error !== null || !(this.isWatched || this.#reading)) this.close()
    else this.#wake()
  }

  async #isHealed(): Promise<boolean> {
    const tail = this.#tail
    const isOver = () => this.#tail !== tail || !this.isWatched || this.#closing.signal.aborted
    if (!tail || isOver()) return true
    const since = { epoch: tail.epoch, seq: tail.head }
    const { subscription } = this.#trust
    const page = await this.#owner.pageOrPause({ since, caller: this.#caller, subscription })
    if (!page) return false
    // Where the same hole is found again and again, the stream is no better for being read anew.
    if (page.pass && since.seq !== this.#holeAt) this.#owner.helped()
    return isOver() || (await this.#isHealedBy(page, tail))
  }

  async #isHealedBy(page: WatchPage, tail: FeedTail): Promise<boolean> {
    const before = tail.head
    const isSameJournal = tail.epoch === null || page.position.epoch === tail.epoch
    if (isSameJournal) tail.fill(page, TAIL_BYTES)
    const isFarBehind = !page.end.at_end && !page.pass
    if (!isSameJournal || isFarBehind || isEnded(page.end.state)) {
      this.#becomeCold()
      return true
    }
    this.#wake()
    if (page.pass) {
      // What the stream did not bring, it may have passed over.
      if (this.#reading?.keyId !== page.pass.key.id || tail.head !== before) this.#listen(page.pass)
      return true
    }
    this.#stopReading()
    await this.#owner.pause()
    return false
  }
}
