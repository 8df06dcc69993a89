import { TeleclaudeError } from '../../../core/index.ts'

export interface IncomingPiece {
  readonly data: Buffer
  readonly end: boolean
}

/** More than the near side ever has on the way. */
const MAX_AHEAD = 8

/** Puts numbered pieces into their order; one that comes again is not taken again. */
export class IncomingPieces {
  readonly #take: (piece: IncomingPiece) => void
  readonly #ahead = new Map<number, IncomingPiece>()
  #next = 1

  constructor(take: (piece: IncomingPiece) => void) {
    this.#take = take
  }

  isNew(seq: number): boolean {
    return seq >= this.#next && !this.#ahead.has(seq)
  }

  /** @throws TC_ERR_PROTOCOL */
  add(seq: number, piece: IncomingPiece): void {
    if (seq < this.#next) return
    if (seq >= this.#next + MAX_AHEAD)
      throw new TeleclaudeError('TC_ERR_PROTOCOL', `piece ${seq} came before piece ${this.#next}`)
    this.#ahead.set(seq, piece)
    for (;;) {
      const next = this.#ahead.get(this.#next)
      if (!next) return
      this.#ahead.delete(this.#next++)
      this.#take(next)
    }
  }
}
