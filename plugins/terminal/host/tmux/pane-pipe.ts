import { closeSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { readBeginning } from './attendant.ts'
import { type Fifo, openFifo, readFifo } from './fifo.ts'

export interface PipeListener {
  /** `bytes` are only good during the call. */
  onBytes(bytes: Buffer): void
  /** Nothing more will come; all that did was given. */
  onEnd(): void
}

/**
 * What a pane prints, as `pipe-pane` gives it. Control mode tells of it too, but forgets what it has not told yet when
 * the program ends; a pane with a pipe ends when the pipe has everything.
 */
export class PanePipe {
  /** For `pipe-pane -O`. */
  readonly command: string
  readonly #path: string
  readonly #socket: Socket
  /** Keeps the pipe from ending before its writer has come. */
  #placeholder: number | null
  #listener: PipeListener | null = null
  #early: Buffer | null = null
  #isStarted = false
  #isEnded = false

  /** @param folder one that nobody else can enter; the pipe has a name there until its writer has come */
  static async open(folder: string): Promise<PanePipe> {
    return new PanePipe(await openFifo(folder))
  }

  private constructor({ path, reader, writer }: Fifo) {
    this.#path = path
    // The first byte says that the writer is there.
    this.command = `exec >"$(printf '${octal(path)}')"; printf .; exec /bin/cat`
    this.#placeholder = writer
    this.#socket = readFifo(reader, bytes => this.#received(bytes))
    this.#socket.on('close', () => this.#ended())
  }

  /** What a program that is attended says of itself, before anything else of it is read. */
  beginning(): Promise<number> {
    return new Promise((resolve, reject) => {
      let held = Buffer.alloc(0)
      const onBytes = (bytes: Buffer) => {
        held = Buffer.concat([held, bytes])
        const found = readBeginning(held)
        if (!found && held.length < 32) return
        this.pause()
        this.#listener = null
        if (!found) return reject(new Error('the program was started by something else'))
        this.#early = Buffer.from(held.subarray(found.length))
        resolve(found.pid)
      }
      const onEnd = () => reject(new Error('the program could not be started'))
      this.read({ onBytes, onEnd })
    })
  }

  read(listener: PipeListener): void {
    const early = this.#early
    this.#early = null
    // Not within the call that asks for it.
    if (early?.length) setImmediate(() => this.#listener?.onBytes(early))
    if (this.#isEnded) setImmediate(() => this.#listener?.onEnd())
    this.#listener = listener
    this.#socket.resume()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    if (this.#listener) this.#socket.resume()
  }

  /** Nobody wants what comes. */
  close(): void {
    this.#listener = null
    this.#release()
    this.#socket.destroy()
  }

  #received(bytes: Buffer): void {
    const printed = this.#isStarted ? bytes : bytes.subarray(1)
    this.#isStarted = true
    this.#release()
    if (printed.length) this.#listener?.onBytes(printed)
  }

  #release(): void {
    if (this.#placeholder === null) return
    closeSync(this.#placeholder)
    this.#placeholder = null
    rmSync(this.#path, { force: true })
  }

  #ended(): void {
    this.#isEnded = true
    this.#release()
    this.#listener?.onEnd()
  }
}

/** A path in which neither a format of tmux nor a shell finds anything to expand; `printf` reads it. */
function octal(path: string): string {
  return [...Buffer.from(path)].map(byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')
}
