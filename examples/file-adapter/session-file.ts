import { type FileHandle, open, readFile, rename, writeFile } from 'node:fs/promises'
import { type OutputBatch, toText } from 'teleclaude'

/** How far a file has come: `bytes` bytes of it end with the entry `seq` of the journal `epoch`. */
interface Progress {
  readonly epoch: string
  readonly seq: number
  readonly bytes: number
}

/** Nothing is known: what is in the file is left alone, and every entry is new. */
const UNKNOWN: Progress = { epoch: '', seq: 0, bytes: Number.POSITIVE_INFINITY }

/**
 * A text file that only grows, with a small file beside it that says which entry it ends with. Batches may come more
 * than once, after a failure or a restart; with that, every entry is in the file exactly once.
 */
export class SessionFile {
  readonly path: string
  readonly #progressPath: string

  constructor(path: string) {
    this.path = path
    this.#progressPath = `${path}.progress`
  }

  /** Makes the files, or leaves them as they are. */
  async create(): Promise<void> {
    const size = await this.#withFile(async file => (await file.stat()).size)
    const progress = await this.#readProgress()
    await this.#saveProgress({ ...progress, bytes: Math.min(progress.bytes, size) })
  }

  /** Appends those entries of the batch that are not in the file yet. */
  async append(batch: OutputBatch, signal: AbortSignal): Promise<void> {
    const { epoch, seq, bytes } = await this.#readProgress()
    const lastSeq = epoch === batch.epoch ? seq : 0
    if (batch.toSeq <= lastSeq) return
    const text = toText(batch.entries.filter(entry => entry.seq > lastSeq))
    signal.throwIfAborted()
    const end = await this.#appendAt(bytes, text)
    await this.#saveProgress({ epoch: batch.epoch, seq: batch.toSeq, bytes: end })
  }

  /** Goes on where the last complete batch ended: what an interrupted one left behind it is cut off. */
  #appendAt(bytes: number, text: string): Promise<number> {
    return this.#withFile(async file => {
      const { size } = await file.stat()
      const end = Math.min(bytes, size)
      if (end < size) await file.truncate(end)
      await file.appendFile(text)
      return end + Buffer.byteLength(text)
    })
  }

  async #withFile<T>(work: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = await open(this.path, 'a', 0o600)
    try {
      return await work(file)
    } finally {
      await file.close()
    }
  }

  async #readProgress(): Promise<Progress> {
    try {
      return JSON.parse(await readFile(this.#progressPath, 'utf8'))
    } catch (error) {
      // Not JSON: cut off by a power failure.
      if (error instanceof SyntaxError || isMissing(error)) return UNKNOWN
      throw error
    }
  }

  /** By renaming, so that there is always a whole one. */
  async #saveProgress(progress: Progress): Promise<void> {
    await writeFile(`${this.#progressPath}.new`, JSON.stringify(progress), { mode: 0o600 })
    await rename(`${this.#progressPath}.new`, this.#progressPath)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
