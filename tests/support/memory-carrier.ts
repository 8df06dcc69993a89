import type { Clock } from '../../core/clock.ts'
import type { CarrierState, Presence, SealedEntry, Transport } from '../../core/transport.ts'
import { createMemoryLink } from './memory-link.ts'

export interface Letter {
  readonly number: number
  readonly bytes: Uint8Array | null
}

export interface Stream {
  entries: SealedEntry[]
  /** As the id of the last entry of a Redis stream: what comes must be after it. */
  top: number
}

/** One computer's way to the carrier. */
export interface MemoryLink {
  readonly transport: Transport
  readonly presence: Presence
  /** Cuts this computer off from the carrier; what is under way to it is lost. */
  down(problem?: string): void
  up(): void
  /** The next message or append arrives, but the connection breaks before that is known here. */
  loseNextReply(): void
}

export interface LinkOptions {
  readonly clock: Clock
  readonly intervalMs?: number
  readonly ttlMs?: number
}

/** Mailboxes and streams are trimmed to these lengths, as in Redis. */
const MAILBOX_LENGTH = 1000
const STREAM_LENGTH = 10_000

/**
 * A carrier between computers of one process: a real transport and presence for each, without a server. Everything that
 * stands in it is open to the test, as a Redis is to whoever can write to it.
 */
export class MemoryCarrier {
  readonly mailboxes = new Map<string, Letter[]>()
  readonly dead = new Map<string, { bytes: Uint8Array | null; reason: string }[]>()
  readonly streams = new Map<string, Stream>()
  readonly announced = new Map<string, { bytes: Uint8Array; expiresAt: number }>()
  readonly seen = new Map<string, number>()
  /** The number of the letter that each has read last. */
  readonly read = new Map<string, number>()
  /** How long one way takes, by the clock of the computer that goes it. */
  delayMs = 0
  frozen = false
  readonly #links: MemoryLink[] = []
  readonly #numbers = new Map<string, number>()
  #waiting: (() => void)[] = []

  /** Connects a computer; it is up at once. */
  connect(computer: string, options: LinkOptions): MemoryLink {
    const link = createMemoryLink(this, computer, options)
    this.#links.push(link)
    return link
  }

  /** Nobody reaches the carrier. */
  down(problem?: string): void {
    for (const link of this.#links) link.down(problem)
  }

  up(): void {
    for (const link of this.#links) link.up()
  }

  /** Nothing is answered, and nobody notices: everything waits until `thaw`. */
  freeze(): void {
    this.frozen = true
  }

  thaw(): void {
    this.frozen = false
    this.wake()
  }

  /** Everything that it holds is lost, as when a server restarts without its data. */
  empty(): void {
    const { mailboxes, streams, announced, seen, dead, read } = this
    for (const stored of [mailboxes, streams, announced, seen, dead, read]) stored.clear()
    this.wake()
  }

  /** Puts anything into a mailbox; returns its number there. */
  post(computer: string, bytes: Uint8Array | null): number {
    const number = (this.#numbers.get(computer) ?? 0) + 1
    this.#numbers.set(computer, number)
    const mailbox = this.mailboxes.get(computer) ?? []
    this.mailboxes.set(computer, [...mailbox.slice(1 - MAILBOX_LENGTH), { number, bytes: copy(bytes) }])
    this.wake()
    return number
  }

  /** What stands in a mailbox, read or not. */
  letters(computer: string): readonly (Uint8Array | null)[] {
    return (this.mailboxes.get(computer) ?? []).map(({ bytes }) => bytes)
  }

  trimMailbox(computer: string, keep: number): void {
    const mailbox = this.mailboxes.get(computer) ?? []
    this.mailboxes.set(computer, mailbox.slice(Math.max(0, mailbox.length - keep)))
  }

  deadLetters(computer: string): readonly { bytes: Uint8Array | null; reason: string }[] {
    return this.dead.get(computer) ?? []
  }

  /** Appends to a stream as Redis does: false if an entry is not after the last one and not the one that is there. */
  extend(session: string, entries: readonly SealedEntry[]): boolean {
    const stream = this.streams.get(session) ?? { entries: [], top: 0 }
    this.streams.set(session, stream)
    const fits = entries.every(entry => appendTo(stream, entry))
    stream.entries = stream.entries.slice(-STREAM_LENGTH)
    this.wake()
    return fits
  }

  trimStream(session: string, keep: number): void {
    const stream = this.streams.get(session)
    if (stream) stream.entries = stream.entries.slice(Math.max(0, stream.entries.length - keep))
  }

  deleteStream(session: string): void {
    this.streams.delete(session)
    this.wake()
  }

  /** Puts other bytes in the place of an entry that is there. */
  tamper(session: string, seq: number, bytes: Uint8Array): void {
    const stream = this.streams.get(session)
    if (!stream) throw new Error(`no stream of session '${session}'`)
    stream.entries = stream.entries.map(entry => (entry.seq === seq ? { seq, bytes } : entry))
  }

  /** Announces anything under any name, as of `at`. */
  plant(computer: string, bytes: Uint8Array, at: number, ttlMs = 60_000): void {
    this.announced.set(computer, { bytes: Uint8Array.from(bytes), expiresAt: at + ttlMs })
    this.seen.set(computer, at)
  }

  /** Settles when anything has changed. */
  changed(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

export const UP: CarrierState = { up: true }

function appendTo(stream: Stream, entry: SealedEntry): boolean {
  if (entry.seq > stream.top) {
    stream.entries.push({ seq: entry.seq, bytes: Uint8Array.from(entry.bytes) })
    stream.top = entry.seq
    return true
  }
  const there = stream.entries.find(({ seq }) => seq === entry.seq)
  return there !== undefined && Buffer.compare(there.bytes, entry.bytes) === 0
}

function copy(bytes: Uint8Array | null): Uint8Array | null {
  return bytes && Uint8Array.from(bytes)
}
