import { atMostUnits } from './at-most.ts'

/** Telegram's limit. */
const MAX_UNITS = 128
// Zero-width joiners and variation selectors belong to an emoji where they follow one; elsewhere they hide differences.
const NOT_IN_EMOJI =
  /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d|\u200d(?!\p{Extended_Pictographic})|(?<!\p{Emoji})[\ufe0e\ufe0f]/gu
const UNSEEN = /(?![\u200d\ufe0e\ufe0f])[\p{C}\p{Default_Ignorable_Code_Point}]/gu
const BLANK = /[\s\p{Z}\u2800\ufffc]+/gu
/** Letters of real languages carry fewer marks; more of them run into the lines above and below. */
const MARKS = /(\p{M}{4})\p{M}+/gu

/** A forum topic's name: 1–128 characters on one line, nothing invisible in it, never empty. */
export function safeTopicName(name: string): string {
  const seen = name
    .slice(0, MAX_UNITS * 16)
    .toWellFormed()
    .replace(/[\s\p{Z}\p{Cc}\u2800\ufffc]+/gu, ' ')
    .replace(UNSEEN, '')
    .replace(NOT_IN_EMOJI, '')
    .replace(MARKS, '$1')
    .replace(BLANK, ' ')
    .trim()
  return seen.replace(/[\u200d\ufe0e\ufe0f]+/g, '') ? atMostUnits(seen, MAX_UNITS) : 'session'
}
