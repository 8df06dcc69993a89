import { boundaryBefore, cleanForChat } from '../text/index.ts'

/** The longest title that a session takes. */
const MAX_UNITS = 200

/** What somebody wrote as a session's title: one line, nothing invisible in it, not too long; empty if nothing is left. */
export function titleFrom(text: string): string {
  const line = cleanForChat(text).replace(/\s+/g, ' ').trim()
  return line.slice(0, boundaryBefore(line, MAX_UNITS)).trim()
}
