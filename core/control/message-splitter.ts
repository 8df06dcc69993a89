import type { Attached } from '../attached-bytes.ts'
import { LineSplitter, TOO_LONG } from './line-splitter.ts'

/** A message: a line, and the bytes that came in front of it, if it has any. */
export interface Message {
  readonly line: Buffer
  readonly attached: Attached | null
}

/**
 * The line in front of a message's bytes: how many there are, and where they belong in the message, whose own line follows
 * behind them. No JSON looks like it.
 */
const FRONT = /^=(\d{1,9}) (\w{1,64}) (\w{1,64})$/
const MAX_FRONT_BYTES = 140

interface Front {
  readonly bytes: number
  readonly at: Attached['at']
}

/** Cuts a byte stream into messages. */
export class MessageSplitter {
  readonly #lines: LineSplitter
  readonly #maxBytes: number
  #front: Front | null = null
  #bytes: Buffer | null = null

  /** @param maxBytes the longest message that is accepted: its line, with its bytes */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#lines = new LineSplitter(maxBytes)
  }

  /** Whether the beginning of a message is here that has not ended yet. Only meaningful once `next` gave null. */
  get isMidMessage(): boolean {
    return this.#front !== null || this.#lines.isMidLine
  }

  /** As {@link LineSplitter.push}. */
  push(chunk: Buffer): void {
    this.#lines.push(chunk)
  }

  /** The next whole message, null if none is complete, or {@link TOO_LONG}: then nothing more can be read. */
  next(): Message | null | typeof TOO_LONG {
    for (;;) {
      if (this.#front) this.#bytes ??= this.#lines.take(this.#front.bytes)
      if (this.#front && !this.#bytes) return null
      const line = this.#lines.next(this.#maxBytes - (this.#bytes?.length ?? 0))
      if (line === null || line === TOO_LONG) return line
      const front = this.#front ? null : frontOf(line)
      if (!front) return this.#complete(line)
      if (front.bytes > this.#maxBytes) return TOO_LONG
      this.#front = front
    }
  }

  #complete(line: Buffer): Message {
    const attached = this.#front && this.#bytes ? { at: this.#front.at, bytes: this.#bytes } : null
    this.#front = null
    this.#bytes = null
    return { line, attached }
  }
}

function frontOf(line: Buffer): Front | null {
  if (line.length > MAX_FRONT_BYTES) return null
  const [, bytes, field, inner] = FRONT.exec(line.toString('latin1')) ?? []
  return field === undefined || inner === undefined ? null : { bytes: Number(bytes), at: [field, inner] }
}

/** What is written in front of the line of a message that has bytes. */
export function frontLine({ at, bytes }: Attached): string {
  return `=${bytes.length} ${at.join(' ')}\n`
}
