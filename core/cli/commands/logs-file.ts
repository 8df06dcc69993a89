import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { createRecordReader, type LogRecord } from '../render/log-record.ts'

const CHUNK_BYTES = 65_536
/** What is longer without a line break, no log has written: it is taken in pieces. */
const MAX_LINE_CHARS = 1024 * 1024

/** Where a log that is full goes, in the place of the one before. */
export function fullLogPath(path: string): string {
  return `${path}.1`
}

/** A log that grows, and that is now and then replaced by an empty one. It is read piece by piece, however long it is. */
export class LogFile {
  readonly #path: string
  #inode = 0
  #at = 0
  #rest = ''
  #decoder = new StringDecoder()
  #readLine = createRecordReader()

  constructor(path: string) {
    this.#path = path
  }

  /** The records since the last time, those included after which the log was full. */
  *read(): Generator<LogRecord> {
    const fd = openIfThere(this.#path)
    if (fd === null) return
    try {
      const { ino, size } = fstatSync(fd)
      if (ino !== this.#inode) {
        yield* this.#endOfFull()
        this.#beginAnew()
        this.#inode = ino
      }
      if (size < this.#at) this.#beginAnew()
      yield* this.#readFrom(fd)
    } finally {
      closeSync(fd)
    }
  }

  /** What came into the file that was read so far, before another one took its place. */
  *#endOfFull(): Generator<LogRecord> {
    const fd = this.#inode === 0 ? null : openIfThere(fullLogPath(this.#path))
    if (fd === null) return
    try {
      if (fstatSync(fd).ino === this.#inode) yield* this.#readFrom(fd)
    } finally {
      closeSync(fd)
    }
  }

  #beginAnew(): void {
    this.#at = 0
    this.#rest = ''
    this.#decoder = new StringDecoder()
    this.#readLine = createRecordReader()
  }

  *#readFrom(fd: number): Generator<LogRecord> {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (;;) {
      const length = readSync(fd, chunk, 0, CHUNK_BYTES, this.#at)
      if (length === 0) return
      this.#at += length
      const lines = (this.#rest + this.#decoder.write(chunk.subarray(0, length))).split('\n')
      const last = lines.at(-1) ?? ''
      this.#rest = last.length > MAX_LINE_CHARS ? '' : (lines.pop() ?? '')
      yield* lines.filter(Boolean).map(this.#readLine)
    }
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null // fs throws only these
    throw error
  }
}
