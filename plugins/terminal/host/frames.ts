/**
 * The binary frames between daemon and pty host: `[u32 length][u8 type][payload]`, length counting type and payload.
 * Bulk bytes never pass through JSON.
 */
export const FRAME_CONTROL = 0
export const FRAME_OUTPUT = 1
export const FRAME_INPUT = 2
/** Text, and Enter behind it once the program has shown it: `[u32 channel][u16 milliseconds at most][text]`. */
export const FRAME_SUBMIT = 3

/** No frame is larger: output comes in pieces of 64 KiB, input and control messages are limited before. */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024
const HEADER_BYTES = 5
const CHANNEL_BYTES = 4
const OFFSET_BYTES = 8
const WAIT_BYTES = 2

export interface Frame {
  readonly type: number
  readonly payload: Buffer
}

export function controlFrame(message: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(message))
  return Buffer.concat([header(FRAME_CONTROL, json.length), json])
}

/** The start of an output frame; the `length` bytes themselves are written after it, uncopied. */
export function outputFrameHead(channel: number, offset: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(HEADER_BYTES + CHANNEL_BYTES + OFFSET_BYTES)
  writeHeader(head, FRAME_OUTPUT, CHANNEL_BYTES + OFFSET_BYTES + length)
  head.writeUInt32BE(channel, HEADER_BYTES)
  head.writeDoubleBE(offset, HEADER_BYTES + CHANNEL_BYTES)
  return head
}

export function readOutputFrame(payload: Buffer): { channel: number; offset: number; bytes: Buffer } {
  return {
    channel: payload.readUInt32BE(0),
    offset: payload.readDoubleBE(CHANNEL_BYTES),
    bytes: payload.subarray(CHANNEL_BYTES + OFFSET_BYTES),
  }
}

export function inputFrame(channel: number, bytes: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + CHANNEL_BYTES + bytes.length)
  writeHeader(frame, FRAME_INPUT, CHANNEL_BYTES + bytes.length)
  frame.writeUInt32BE(channel, HEADER_BYTES)
  bytes.copy(frame, HEADER_BYTES + CHANNEL_BYTES)
  return frame
}

export function readInputFrame(payload: Buffer): { channel: number; bytes: Buffer } {
  return { channel: payload.readUInt32BE(0), bytes: payload.subarray(CHANNEL_BYTES) }
}

export function submitFrame(channel: number, echoWithinMs: number, text: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + CHANNEL_BYTES + WAIT_BYTES + text.length)
  writeHeader(frame, FRAME_SUBMIT, CHANNEL_BYTES + WAIT_BYTES + text.length)
  frame.writeUInt32BE(channel, HEADER_BYTES)
  frame.writeUInt16BE(echoWithinMs, HEADER_BYTES + CHANNEL_BYTES)
  text.copy(frame, HEADER_BYTES + CHANNEL_BYTES + WAIT_BYTES)
  return frame
}

export function readSubmitFrame(payload: Buffer): { channel: number; echoWithinMs: number; text: Buffer } {
  return {
    channel: payload.readUInt32BE(0),
    echoWithinMs: payload.readUInt16BE(CHANNEL_BYTES),
    text: payload.subarray(CHANNEL_BYTES + WAIT_BYTES),
  }
}

function header(type: number, payloadBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES)
  writeHeader(bytes, type, payloadBytes)
  return bytes
}

function writeHeader(target: Buffer, type: number, payloadBytes: number): void {
  target.writeUInt32BE(payloadBytes + 1, 0)
  target[4] = type
}

/**
 * Takes bytes as they come from a socket and gives whole frames. Payloads are copied out, once and exactly, so what came
 * in may be overwritten, and what is kept of a payload keeps nothing else in memory.
 */
export class FrameReader {
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #payload: Buffer | null = null
  /** How much of the header, or of the payload once there is one, has come. */
  #filled = 0

  /** @throws RangeError when what comes is no frame; the connection is then of no more use. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    let at = 0
    // A payload may be empty, and is then whole before anything more comes.
    while (at < chunk.length || this.#payload?.length === this.#filled) {
      const target = this.#payload ?? this.#header
      const taken = chunk.copy(target, this.#filled, at)
      at += taken
      this.#filled += taken
      if (this.#filled < target.length) break
      this.#filled = 0
      if (this.#payload) frames.push({ type: this.#header[4] ?? 0, payload: this.#payload })
      this.#payload = this.#payload ? null : Buffer.allocUnsafe(payloadBytes(this.#header))
    }
    return frames
  }
}

function payloadBytes(header: Buffer): number {
  const length = header.readUInt32BE(0)
  if (length < 1 || length > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${length} bytes`)
  return length - 1
}
