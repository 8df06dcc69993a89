import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { createRecordReader, type LogRecord } from '../render/log-record.ts'

const CHUNK_BYTES = 65_536

/** A log that grows, and that is now and then replaced by an empty one. */
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

  /** The records since the last time. */
  read(): LogRecord[] {
    if (!existsSync(this.#path)) return []
    if (statSync(this.#path).ino !== this.#inode) this.#beginAnew()
    const fd = openSync(this.#path, 'r')
    try {
      const { ino, size } = fstatSync(fd)
      this.#inode = ino
      if (size < this.#at) this.#beginAnew()
      const lines = (this.#rest + this.#readFrom(fd)).split('\n')
      this.#rest = lines.pop() ?? ''
      return lines.filter(Boolean).map(this.#readLine)
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

  #readFrom(fd: number): string {
    const chunks: string[] = []
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (;;) {
      const length = readSync(fd, chunk, 0, CHUNK_BYTES, this.#at)
      if (length === 0) return chunks.join('')
      chunks.push(this.#decoder.write(chunk.subarray(0, length)))
      this.#at += length
    }
  }
}
