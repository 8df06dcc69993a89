import { type Entry, toText } from '../../../core/index.ts'

type OutputEntry = Entry & { readonly kind: 'output' }

/** More than one message shows of it. */
const KEPT_BYTES = 8192

/** The newest output of what runs, for the live message. What is over is kept no longer. */
export class RecentOutput {
  #kept: OutputEntry[] = []
  #bytes = 0

  /** The last thing printed was drawn on the alternate screen, as editors and pagers do. */
  get isAlternate(): boolean {
    return this.#kept.at(-1)?.layer === 'alternate'
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0
  }

  get text(): string {
    return toText(this.#kept)
  }

  /** Returns the text of what has ended with these entries, the last if several did; null if nothing did. */
  add(entries: readonly Entry[]): string | null {
    let ended: string | null = null
    for (const entry of entries) {
      if (entry.kind === 'output') this.#keep(entry)
      else if (entry.kind === 'mark') {
        if (entry.mark.type === 'end' || entry.mark.type === 'turn') ended = this.text
        this.clear()
      }
    }
    return ended
  }

  clear(): void {
    this.#kept = []
    this.#bytes = 0
  }

  #keep(entry: OutputEntry): void {
    this.#kept.push(entry)
    this.#bytes += entry.data.length
    while (this.#bytes - (this.#kept[0]?.data.length ?? 0) >= KEPT_BYTES)
      this.#bytes -= this.#kept.shift()?.data.length ?? 0
  }
}
