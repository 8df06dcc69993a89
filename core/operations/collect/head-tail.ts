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
  /** The seqs of the last entry before, and the last one in, what was dropped. */
  #droppedAfter = 0
  #droppedTo = 0

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
    if (this.#droppedBytes === 0) this.#droppedAfter = this.#head.at(-1)?.seq ?? first.seq - 1
    this.#tailBytes -= first.data.length
    this.#droppedBytes += first.data.length
    this.#droppedTo = first.seq
  }

  /** What was kept, as text; between its two parts a line says how much is missing. */
  text(edit: (text: string) => string = text => text): string {
    const tail = this.#tail.slice(this.#tailStart)
    if (this.#droppedBytes === 0) return edit(new TextRenderer().render([...this.#head, ...tail]))
    const head = edit(new TextRenderer().render(this.#head))
    return `${head}\n[… ${this.#droppedBytes} bytes left out …]\n${new TextRenderer().render(tail)}`
  }

  dropped(epoch: Epoch): Dropped | null {
    if (this.#droppedBytes === 0) return null
    return {
      from: formatCursor(epoch, this.#droppedAfter),
      to: formatCursor(epoch, this.#droppedTo),
      bytes: this.#droppedBytes,
    }
  }
}
