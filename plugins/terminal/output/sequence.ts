const ESC = 0x1b
const BEL = 0x07
const CAN = 0x18
const SUB = 0x1a

/** A CSI sequence longer than this is garbage, and passes as text. */
const MAX_CSI_BYTES = 256

/**
 * Where the escape sequence that begins at `bytes[at]` ends (the offset after it); -1 if the end has not come yet.
 */
export function sequenceEnd(bytes: Buffer, at: number): number {
  const kind = bytes[at + 1]
  if (kind === undefined) return -1
  if (kind === 0x5b) return csiEnd(bytes, at)
  if (isStringKind(kind)) return stringEnd(bytes, at + 2, kind)
  if (kind >= 0x20 && kind <= 0x2f) return intermediateEnd(bytes, at)
  return kind === ESC ? at + 1 : at + 2
}

/** Whether ESC and this byte begin a string: OSC `]`, DCS `P`, SOS `X`, PM `^`, APC `_`. */
export function isStringKind(kind: number | undefined): boolean {
  return kind === 0x5d || kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f
}

/** Where a string whose content goes on at `from` ends: after BEL (OSC only), ST, CAN or SUB, or before another ESC. -1 if open. */
export function stringEnd(bytes: Buffer, from: number, kind: number): number {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === ESC) {
      if (i + 1 === bytes.length) return -1
      return bytes[i + 1] === 0x5c ? i + 2 : i
    }
    if ((byte === BEL && kind === 0x5d) || byte === CAN || byte === SUB) return i + 1
  }
  return -1
}

function csiEnd(bytes: Buffer, at: number): number {
  const limit = Math.min(bytes.length, at + MAX_CSI_BYTES)
  for (let i = at + 2; i < limit; i++) {
    const byte = bytes[i] ?? 0
    if (byte >= 0x40 && byte <= 0x7e) return i + 1
    // Neither parameter nor intermediate: the sequence is broken off here.
    if (byte < 0x20 || byte > 0x3f) return i
  }
  return limit === at + MAX_CSI_BYTES ? limit : -1
}

function intermediateEnd(bytes: Buffer, at: number): number {
  const limit = Math.min(bytes.length, at + MAX_CSI_BYTES)
  for (let i = at + 2; i < limit; i++) {
    const byte = bytes[i] ?? 0
    if (byte < 0x20 || byte > 0x2f) return byte >= 0x30 && byte <= 0x7e ? i + 1 : i
  }
  return limit === at + MAX_CSI_BYTES ? limit : -1
}
