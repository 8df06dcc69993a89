import { createHash } from 'node:crypto'
import { type Clock, isTeleclaudeError, sleep } from '../../../core/index.ts'
import { PIECE_BYTES } from '../operations.ts'
import type { FileFacts } from '../reading.ts'
import type { End } from './ends.ts'

export interface TransferOptions {
  readonly from: End
  readonly to: End
  /** Names the copy, so that the same one goes on after it was cut: the places that it joins. */
  readonly name: string
  readonly clock: Clock
  readonly signal: AbortSignal
  onProgress(done: number, all: number): void
  /** It was cut, and goes on soon. */
  onCut(error: unknown): void
}

/** So many pieces are on the way at once: a few round trips' worth, and less than a mailbox holds. */
const AT_ONCE = 8
/** A computer that restarts, or a network that comes back, takes some seconds. */
const TRIES = 6
const FIRST_WAIT_MS = 500

/**
 * Copies a file, going on with what an earlier try left, and goes on by itself where the way between is cut for a
 * while. Settles when the whole file stands in its place.
 * @throws TC_ERR_FILE, TC_ERR_DISK_FULL, TC_ERR_COMPUTER_OFFLINE, TC_ERR_TRANSPORT …
 */
export async function transfer(options: TransferOptions): Promise<FileFacts> {
  const { from, to, clock, signal } = options
  const file = await from.facts()
  const id = createHash('sha256').update(`${options.name}\0${file.version}`).digest('hex').slice(0, 32)
  let reached = -1
  let sha256: string | null = null
  for (let failures = 0; ; ) {
    try {
      // Where only the answer to the end was lost, there is nothing left to begin.
      if (sha256 === null) {
        const start = await to.begin(id, file)
        if (start > reached) failures = 0
        reached = Math.max(reached, start)
        await sendFrom(start, file, id, options)
        sha256 = await from.digest(file.version)
      }
      await to.finish(id, sha256)
      return file
    } catch (error) {
      failures += 1
      // It is not what it was: the next copy is another one.
      if (isTeleclaudeError(error, 'TC_ERR_FILE') && !error.retryable) await to.forget(id).catch(() => {})
      if (signal.aborted || !isWorthAnotherTry(error) || failures >= TRIES) throw error
      options.onCut(error)
      await sleep(clock, FIRST_WAIT_MS * 2 ** failures, signal)
    }
  }
}

/** Pieces are read while earlier ones are written; they are written in their order. */
async function sendFrom(start: number, file: FileFacts, id: string, options: TransferOptions): Promise<void> {
  const { from, to, signal, onProgress } = options
  const reads: { offset: number; piece: Promise<Buffer> }[] = []
  const writes: { end: number; done: Promise<void> }[] = []
  let next = start
  const read = () => {
    const piece = from.read(next, PIECE_BYTES, file.version)
    piece.catch(() => {}) // It is heard of in its turn, or another one failed first.
    reads.push({ offset: next, piece })
    next += PIECE_BYTES
  }
  const settleOldest = async () => {
    const oldest = writes.shift()
    await oldest?.done
    if (oldest) onProgress(oldest.end, file.bytes)
  }
  onProgress(start, file.bytes)
  while (next < file.bytes || reads.length > 0) {
    signal.throwIfAborted()
    while (next < file.bytes && reads.length < AT_ONCE) read()
    const first = reads.shift()
    if (!first) break
    const piece = await first.piece
    const done = to.write(id, first.offset, piece)
    done.catch(() => {})
    writes.push({ end: first.offset + piece.length, done })
    if (writes.length >= AT_ONCE) await settleOldest()
  }
  while (writes.length > 0) await settleOldest()
}

function isWorthAnotherTry(error: unknown): boolean {
  return isTeleclaudeError(error) && error.retryable && error.code !== 'TC_ERR_DISK_FULL'
}
