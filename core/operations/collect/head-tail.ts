import type { Cursor, Epoch } from '../../ids.ts'
import { formatCursor } from '../../journal/cursor.ts'
import type { Entry, Output } from '../../journal/entry.ts'
import { TextRenderer } from '../../text/text-renderer.ts'

type OutputEntry = Output & { readonly seq: number; readonly at: number }

/** The middle that a bounded result leaves out: read it with `since: from, until: to`. */
export interface Dropped {
  readonly from: Cursor
  readonly to: Cursor
  readonly bytes: number
}

/** Keeps the beginning and the end of an output of any length, at most `maxBytes` of it together. */
export class HeadTail {
  readonly #half: number
  readonly #head: OutputEntry[] = []
  #headBytes = 0
  #isHeadFull = false
  #tail: OutputEntry[] = []
  #tailStart = 0
  #tailBytes = 0
  #droppedBytes = 0
  #droppedFirst: OutputEntry | undefined
  #droppedLast: OutputEntry | undefined

  constructor(maxBytes: number) {
    this.#half = Math.floor(maxBytes / 2)
  }

  add(entry: Entry): void {
    if (entry.kind !== 'output') return
    if (!this.#isHeadFull && this.#headBytes + entry.data.length <= this.#half) {
      this.#head.push(entry)
      this.#headBytes += entry.data.length
    } else {
      this.#isHeadFull = true
      this.#addToTail(entry)
    }
  }

  #addToTail(entry: OutputEntry): void {
    this.#tail.push(entry)
    this.#tailBytes += entry.data.length
    while (this.#tailBytes > this.#half) this.#dropFirst()
    if (this.#tailStart > 1024) {
      this.#tail = this.#tail.slice(this.#tailStart)
      this.#tailStart = 0
    }
  }

  #dropFirst(): void {
    const first = this.#tail[this.#tailStart++]
    if (!first) return
    if (this.#droppedBytes === 0) this.#droppedFirst = first
    this.#droppedLast = first
    this.#tailBytes -= first.data.length
    this.#droppedBytes += first.data.length
  }

  /** What was kept, as text; between its two parts a line says how much is missing. */
  text(edit: (text: string) => string = text => text): string {
    const tail = this.#tail.slice(this.#tailStart)
    if (this.#droppedBytes === 0) return edit(new TextRenderer().render([...this.#head, ...tail]))
    // An entry larger than half of all that may be returned is dropped whole, and shown by its beginning or its end.
    const head = this.#head.length > 0 ? this.#head : partOf(this.#droppedFirst, 0, this.#half)
    const end = tail.length > 0 ? tail : partOf(this.#droppedLast, -this.#half)
    return `${edit(new TextRenderer().render(head))}\n[… ${this.#droppedBytes} bytes left out …]\n${new TextRenderer().render(end)}`
  }

  dropped(epoch: Epoch): Dropped | null {
    if (!this.#droppedFirst || !this.#droppedLast) return null
    return {
      from: formatCursor(epoch, this.#droppedFirst.seq - 1),
      to: formatCursor(epoch, this.#droppedLast.seq),
      bytes: this.#droppedBytes,
    }
  }
}

function partOf(entry: OutputEntry | undefined, from: number, to?: number): readonly OutputEntry[] {
  return entry ? [{ ...entry, data: entry.data.subarray(from, to) }] : []
}
