import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Clock, type Screen, TeleclaudeError, type Timer } from '../../../core/index.ts'
import type { ScreenJob } from './screen-worker.ts'

/** How long the worker is kept for the next screen. It costs some 15 MB while it is there. */
const KEEP_MS = 30_000

interface Pending {
  resolve(screen: Screen): void
  reject(error: Error): void
}

/** Draws the screen that a stretch of output leaves behind, on demand, in one worker thread. */
export class ScreenRenderer {
  readonly #clock: Clock
  readonly #pending = new Map<number, Pending>()
  #worker: Worker | null = null
  #keep: Timer | null = null
  #jobs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws TC_ERR_SCREEN_UNAVAILABLE */
  render(output: readonly Uint8Array[], cols: number, rows: number): Promise<Screen> {
    // Copied and moved: handing over the pieces would copy the buffers that they are only views of.
    const bytes = joined(output)
    const job: ScreenJob = { number: ++this.#jobs, bytes, cols, rows }
    this.#keep?.cancel()
    return new Promise((resolve, reject) => {
      this.#pending.set(job.number, { resolve, reject })
      this.#worker ??= this.#start()
      this.#worker.postMessage(job, [bytes.buffer])
    })
  }

  async close(): Promise<void> {
    this.#keep?.cancel()
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(new URL(`./screen-worker${extname(import.meta.url)}`, import.meta.url))
    worker.unref()
    worker.on('message', ({ number, screen }: { number: number; screen: Screen }) =>
      this.#drawn(number, screen),
    )
    worker.on('error', error => this.#failed(error))
    worker.on('exit', () => this.#failed(new Error('it ended')))
    return worker
  }

  #drawn(number: number, screen: Screen): void {
    this.#pending.get(number)?.resolve(screen)
    this.#pending.delete(number)
    if (this.#pending.size) return
    this.#keep = this.#clock.setTimeout(() => this.close().catch(() => {}), KEEP_MS, { ref: false })
  }

  #failed(cause: Error): void {
    this.#worker = null
    for (const { reject } of this.#pending.values()) {
      const message = `The screen could not be drawn: ${cause.message}. Read the session's output instead.`
      reject(new TeleclaudeError('TC_ERR_SCREEN_UNAVAILABLE', message, { cause }))
    }
    this.#pending.clear()
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
