import { cleanForChat } from '../text/index.ts'

/** The longest title that a session takes. */
const MAX_UNITS = 200

/** What somebody wrote as a session's title: one line, nothing invisible in it, not too long; empty if nothing is left. */
export function titleFrom(text: string): string {
  return cleanForChat(text).replace(/\s+/g, ' ').trim().slice(0, MAX_UNITS).toWellFormed().trim()
}
