const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** No emoji or letter with its marks is longer: a family of four with skin tones takes 41. */
const MAX_UNITS = 64
const HIGH_SURROGATE = /[\ud800-\udbff]$/

/**
 * The last place at or before `at` where text can be cut without cutting what is seen as one character: an emoji with its
 * parts, a letter with its marks. In one that goes back to `from`, longer than any real one: between two code points.
 */
export function boundaryBefore(text: string, at: number, from = Math.max(0, at - MAX_UNITS)): number {
  if (at >= text.length) return text.length
  if (at <= from) return from
  const start = isInsidePair(text, from) ? from - 1 : from
  const boundary = start + (segmenter.segment(text.slice(start, at + 2)).containing(at - start)?.index ?? 0)
  if (boundary > start) return boundary
  if (!isInsidePair(text, at)) return at
  return at - 1 > start ? at - 1 : at + 1
}

/** The first such place at or behind `at`. */
export function boundaryAfter(text: string, at: number): number {
  const before = boundaryBefore(text, at)
  if (before >= at) return before
  const [first] = segmenter.segment(text.slice(before, before + MAX_UNITS))
  return before + (first?.segment.length ?? 0)
}

function isInsidePair(text: string, at: number): boolean {
  return HIGH_SURROGATE.test(text.slice(at - 1, at))
}
