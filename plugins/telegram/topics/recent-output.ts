import { type Entry, toText } from '../../../core/index.ts'

type OutputEntry = Entry & { readonly kind: 'output' }

/** More than one message shows of it. */
const KEPT_BYTES = 8192
/** The cursor set somewhere, moved up, or the screen wiped (ECMA-48 §8.3): what was printed are no lines any more. */
const DRAWING = /\x1b\[(?:\d*(?:;\d*)?[Hf]|\d*[AF]|[23]J)/

/** The newest output of what runs, for the live message. What is over is kept no longer. */
export class RecentOutput {
  #kept: OutputEntry[] = []
  #bytes = 0
  #seq = 0
  #isRunning = false
  #isDrawn = false

  /** It is lines, from the beginning of what runs: not a picture of a program's, and not what is left after a restart. */
  get isOfLines(): boolean {
    return this.#isRunning && !this.#isDrawn && this.#kept.at(-1)?.layer !== 'alternate'
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0
  }

  get text(): string {
    return toText(this.#kept)
  }

  /** A batch that failed comes again: what was taken before counts once. */
  add(entries: readonly Entry[]): void {
    for (const entry of entries) if (entry.seq > this.#seq) this.#add(entry)
  }

  clear(): void {
    this.#kept = []
    this.#bytes = 0
    this.#isDrawn = false
  }

  #add(entry: Entry): void {
    this.#seq = entry.seq
    if (entry.kind === 'output') this.#keep(entry)
    else if (entry.kind === 'mark') {
      const isStart = entry.mark.type === 'start'
      // Of several lines pasted at once each one starts; they are shown as one.
      if (!(isStart && this.#isRunning)) this.clear()
      this.#isRunning = isStart
    }
  }

  #keep(entry: OutputEntry): void {
    this.#kept.push(entry)
    this.#bytes += entry.data.length
    this.#isDrawn ||= DRAWING.test(Buffer.from(entry.data).toString('latin1'))
    while (this.#bytes - (this.#kept[0]?.data.length ?? 0) >= KEPT_BYTES)
      this.#bytes -= this.#kept.shift()?.data.length ?? 0
  }
}
