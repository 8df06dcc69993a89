import { boundaryBefore } from './graphemes.ts'
import { openKeyMarker, startOfOpenKey } from './key-blocks.ts'
import type { Mask } from './mask.ts'
import { MASKED } from './masked.ts'

/** Masks a text that is too long to be had as a whole. What it returns, put together, is what a mask makes of the whole. */
export interface PieceMask {
  /** Takes what comes next; returns what can be shown already. */
  take(text: string): string
  /** Returns the rest. */
  end(): string
}

/**
 * A line is held until it has ended, and lines that may be of a private key until the key has, but never much more than
 * `MOST_HELD`. Then it is cut where no secret is, as far as the 16 KiB behind that place tell; where there is no such
 * place, because what is masked is longer than all that, it is masked to the end of its word.
 */
export function maskInPieces(mask: Mask): PieceMask {
  return new Pieces(mask)
}

/** The largest private keys have 13 KB, and more with what stands before each of their lines. */
const MOST_HELD = 65_536
/** Tokens have some KB at most. */
const LOOK_AHEAD = 16_384
const PLACES_TRIED = 8
/** Away from the last place, so that one secret is not in the way of both. */
const STEP = 1021
const END_OF_WORD = /[\s"'`]/

class Pieces implements PieceMask {
  readonly #mask: Mask
  #held = ''
  /** What comes next goes on with a secret, up to the end of its word. */
  #isInSecret = false

  constructor(mask: Mask) {
    this.#mask = mask
  }

  take(text: string): string {
    this.#held += this.#isInSecret ? this.#behindSecret(text) : text
    const lines = this.#held.slice(0, this.#held.lastIndexOf('\n') + 1)
    const shown = this.#show(startOfOpenKey(lines))
    return this.#held.length > MOST_HELD ? shown + this.#showSome() : shown
  }

  end(): string {
    return this.#show(this.#held.length)
  }

  #show(end: number): string {
    const text = this.#mask(this.#held.slice(0, end))
    this.#held = this.#held.slice(end)
    return text
  }

  #showSome(): string {
    const held = this.#held
    const whole = this.#mask(held)
    for (const end of placesIn(held)) {
      const text = this.#mask(held.slice(0, end))
      const rest = held.slice(end)
      if (text + this.#mask(rest) !== whole) continue
      this.#held = rest
      return text
    }
    return this.#showSecret()
  }

  /** All that is held is one secret, or secrets stand close to each other. */
  #showSecret(): string {
    const end = boundaryBefore(this.#held, this.#held.length - LOOK_AHEAD)
    const marker = openKeyMarker(this.#held.slice(0, end))
    const text = this.#mask(this.#held.slice(0, end))
    const rest = this.#held.slice(end)
    const isInKey = marker !== null && this.#mask(marker + rest) !== MASKED + this.#mask(rest)
    this.#held = isInKey ? marker + rest : this.#behindSecret(rest)
    return isInKey || text.endsWith(MASKED) ? text : text + MASKED
  }

  #behindSecret(text: string): string {
    const end = text.search(END_OF_WORD)
    this.#isInSecret = end < 0
    return end < 0 ? '' : text.slice(end)
  }
}

/** Where a text may be cut: behind a line, behind a word, or anywhere. */
function* placesIn(text: string): Iterable<number> {
  const last = text.length - LOOK_AHEAD
  for (const blank of ['\n', ' ']) {
    const end = text.lastIndexOf(blank, last - 1) + 1
    if (text.length - end <= MOST_HELD) yield end
  }
  for (let place = 0; place < PLACES_TRIED; place++) yield boundaryBefore(text, last - place * STEP)
}
