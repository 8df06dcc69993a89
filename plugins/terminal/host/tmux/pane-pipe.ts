import { execFile } from 'node:child_process'
import { closeSync, constants, openSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readBeginning } from './attendant.ts'

/** Of this and random characters: neither tmux nor the shell reads anything into such a path. */
const FOLDER = '/tmp/teleclaude-pipe-'
const READ_BYTES = 64 * 1024
/** Reads are handled before the next one begins, so all pipes share one buffer. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

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
  readonly #folder: string
  readonly #socket: Socket
  /** Keeps the pipe from ending before its writer has come. */
  #placeholder: number | null
  #listener: PipeListener | null = null
  #early: Buffer | null = null
  #isStarted = false
  #isEnded = false

  static async open(): Promise<PanePipe> {
    const folder = await mkdtemp(FOLDER)
    try {
      const path = join(folder, 'p')
      await promisify(execFile)('mkfifo', ['-m', '600', path], { env: { PATH: '/usr/bin:/bin' } })
      return new PanePipe(folder, path)
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  private constructor(folder: string, path: string) {
    this.#folder = folder
    // The first byte says that the writer is there.
    this.command = `exec >${path}; printf .; exec /bin/cat`
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    this.#placeholder = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    const callback = (length: number) => {
      this.#received(readBuffer.subarray(0, length))
      return true
    }
    // The types leave `onread` out here; net.Socket takes it with a descriptor too.
    const options = {
      fd,
      readable: true,
      writable: false,
      onread: { buffer: readBuffer, callback },
    } as object
    this.#socket = new Socket(options)
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#ended())
    this.#socket.pause()
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
        this.#early = Buffer.from(held.subarray(found?.length ?? 0))
        resolve(found?.pid ?? 0)
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
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #ended(): void {
    this.#isEnded = true
    this.#release()
    this.#listener?.onEnd()
  }
}
