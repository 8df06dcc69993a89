import type { SessionId } from '../ids.ts'
import type { WireEntry } from '../journal/entry.ts'
import type { SealedEntry, Transport } from '../transport.ts'
import type { StreamPass } from './outlets.ts'
import { createStreamSeal, type StreamSeal } from './stream-seal.ts'

/**
 * What ended a reading: a `hole` before an entry that is the owner's, an entry under another key (`stale`), or what is
 * none of the owner's (`forged`).
 */
export type StreamTrouble = 'hole' | 'stale' | 'forged'

export interface StreamEvents {
  /** One after the other, without a hole. */
  entries(entries: readonly WireEntry[]): void
  /** Nothing is told after it. */
  trouble(trouble: StreamTrouble): void
  /** Something may be missing. */
  interrupted(): void
}

/** Reads a session's stream: opens the entries and sees that they follow each other, until it is disposed of. */
export class StreamReading implements Disposable {
  /** Of the key under which it is sealed. */
  readonly keyId: string
  readonly #seal: StreamSeal
  readonly #events: StreamEvents
  #head: number
  #isOver = false
  #reader: Disposable | null = null

  constructor(session: SessionId, pass: StreamPass, afterSeq: number, events: StreamEvents) {
    this.keyId = pass.key.id
    this.#seal = createStreamSeal(session, pass.epoch, pass.key)
    this.#head = afterSeq
    this.#events = events
  }

  begin(transport: Pick<Transport, 'readStream'>, session: SessionId): void {
    const reader = transport.readStream(session, this.#head, {
      entries: sealed => this.#take(sealed),
      interrupted: () => {
        if (!this.#isOver) this.#events.interrupted()
      },
    })
    // It may have told so much already that it is over.
    if (this.#isOver) reader[Symbol.dispose]()
    else this.#reader = reader
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    this.#reader?.[Symbol.dispose]()
  }

  #take(sealed: readonly SealedEntry[]): void {
    if (this.#isOver) return
    const entries: WireEntry[] = []
    let trouble: StreamTrouble | null = null
    for (const { seq, bytes } of sealed) {
      if (seq <= this.#head) continue
      const entry = this.#seal.open(seq, bytes)
      if (entry === null || entry === 'stale') trouble = entry ?? 'forged'
      else if (seq !== this.#head + 1) trouble = 'hole'
      else entries.push(entry)
      if (trouble) break
      this.#head = seq
    }
    if (trouble) this[Symbol.dispose]()
    if (entries.length > 0) this.#events.entries(entries)
    if (trouble) this.#events.trouble(trouble)
  }
}
