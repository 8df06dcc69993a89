import type { Epoch } from '../ids.ts'
import type { Entry } from '../journal/entry.ts'
import type { OutputBatch } from './adapter.ts'

/** Makes entries, at least one, a batch. Its text is made when it is first asked for: many adapters never do. */
export function batchOf(
  epoch: Epoch,
  entries: readonly Entry[],
  toText: (entries: readonly Entry[]) => string,
): OutputBatch {
  const [first, last] = [entries[0], entries.at(-1)]
  const fromSeq = first?.kind === 'gap' ? (first.fromSeq ?? first.seq) : first?.seq
  let text: string | undefined
  return {
    epoch,
    fromSeq: fromSeq ?? 0,
    toSeq: last?.seq ?? 0,
    entries,
    get text() {
      text ??= toText(entries)
      return text
    },
  }
}
