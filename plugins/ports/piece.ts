/** The most bytes that one call carries. */
export const PIECE_BYTES = 65_536

/** What the far side of a connection has for the near one. */
export interface Piece {
  readonly data: Buffer
  /** Nothing comes behind it. */
  readonly end: boolean
  /** There was nothing for a while: ask again. */
  readonly isLate: boolean
}
