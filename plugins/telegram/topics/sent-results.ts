import { createHash } from 'node:crypto'
import type { ResultMessage } from './results.ts'

/** Of the results up to the entry `until`, so many messages are at Telegram. */
export interface SentResults {
  readonly until: number
  readonly sent: number
  /** What these messages said. */
  readonly digest: string
}

/**
 * How many of the messages need not be sent: those that were sent before. None where they say something else by now,
 * because what fits into a message, or what is kept of the output, is not as it was: rather twice than not at all.
 */
export function alreadySent(messages: readonly ResultMessage[], before: SentResults | null): number {
  if (before === null || before.sent > messages.length) return 0
  return digestOf(messages.slice(0, before.sent)) === before.digest ? before.sent : 0
}

/** What is to be remembered once the first `sent` of the messages of the results up to `until` are at Telegram. */
export function sentResults(messages: readonly ResultMessage[], until: number, sent: number): SentResults {
  return { until, sent, digest: digestOf(messages.slice(0, sent)) }
}

/**
 * What was begun stays together, however much has come since: it is the only part of which something may be sent.
 * @param until of a {@link SentResults}
 */
export function inParts<T extends { readonly seq: number }>(
  entries: readonly T[],
  until: number | undefined,
): readonly (readonly T[])[] {
  const begun = until === undefined ? [] : entries.filter(({ seq }) => seq <= until)
  return [begun, entries.slice(begun.length)].filter(part => part.length > 0)
}

/** Enough that no two layouts of the same results have the same. */
const DIGEST_CHARACTERS = 22

function digestOf(messages: readonly ResultMessage[]): string {
  const hash = createHash('sha256')
  for (const message of messages) hash.update(JSON.stringify(message)).update('\n')
  return hash.digest('base64url').slice(0, DIGEST_CHARACTERS)
}
