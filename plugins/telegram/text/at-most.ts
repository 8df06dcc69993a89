import { boundaryBefore } from './graphemes.ts'

/** The beginning of a text, with "…" behind it where something was left out. No emoji is cut in two. */
export function atMostUnits(text: string, maxUnits: number): string {
  return text.length > maxUnits ? `${text.slice(0, boundaryBefore(text, maxUnits - 1, 0)).trimEnd()}…` : text
}
