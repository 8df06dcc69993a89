import { RE2JS } from 're2js'
import { messageOf, TeleclaudeError } from '../../../core/index.ts'
import { MASKED } from './masked.ts'

/**
 * Each match looks through what is left of its line once: so many lines' worth of that for a text, and at least so many
 * characters. Behind it, what a hostile text may want to hide in its length is masked as a whole.
 */
const LOOKS = 16
const LEAST_WORK = 1 << 20

/** @throws TC_ERR_CONFIG_INVALID */
export function compileOwnPattern(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.MULTILINE)
  } catch (thrown) {
    throw new TeleclaudeError(
      'TC_ERR_CONFIG_INVALID',
      `telegram: the mask pattern ${JSON.stringify(pattern)} is not usable: ${messageOf(thrown)}. RE2 syntax: no back-references, no look-around.`,
      { cause: thrown },
    )
  }
}

/** Masks what matches, line by line. */
export function maskOwnPattern(text: string, pattern: RE2JS): string {
  if (!pattern.matcher(text).find()) return text
  const work = { left: Math.max(LEAST_WORK, text.length * LOOKS) }
  return text
    .split('\n')
    .map(line => maskLine(line, pattern, work))
    .join('\n')
}

function maskLine(line: string, pattern: RE2JS, work: { left: number }): string {
  const matcher = pattern.matcher(line)
  let masked = ''
  let at = 0
  while (matcher.find()) {
    if (matcher.end() > matcher.start()) {
      masked += line.slice(at, matcher.start()) + MASKED
      at = matcher.end()
    }
    work.left -= line.length - matcher.start()
    if (work.left < 0) return masked + (at < line.length ? MASKED : '')
  }
  return masked + line.slice(at)
}
