import { writeSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import type { Clock, Timer } from '../../../core/index.ts'
import type { Carrier, ProgramListener } from './carrier.ts'
import { closingFiles, inheritableFiles } from './inherited-files.ts'
import { InputQueue } from './input-queue.ts'
import { loadNativePty } from './native-pty.ts'
import { signalName, signalTerminal } from './process-groups.ts'
import type { ProgramExit, SpawnRequest } from './protocol.ts'

/** How long a terminal must be silent after its program ended, when another program still holds it open (as VS Code). */
const TRAILING_SILENCE_MS = 250
const READ_BYTES = 64 * 1024

/** Reads are handled before the next one begins, so all terminals share one buffer. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

/** One program in its pseudo terminal. */
export class Pty implements Carrier {
  readonly pid: number
  readonly tty: string
  readonly input: InputQueue
  readonly #fd: number
  readonly #clock: Clock
  readonly #listener: ProgramListener
  readonly #stream: ReadStream
  #isPaused = false
  #isOpen = true
  #exit: ProgramExit | null = null
  #silence: Timer | null = null
  #kill: Timer | null = null

  constructor(program: SpawnRequest, clock: Clock, listener: ProgramListener) {
    this.#clock = clock
    this.#listener = listener
    const { fd, pid, pty } = fork(program, (code, signal) => this.#ended(code, signal))
    this.#fd = fd
    this.pid = pid
    this.tty = pty
    this.input = new InputQueue(bytes => this.#offer(bytes), clock)
    this.#stream = this.#open(fd)
  }

  #offer(bytes: Buffer): number | null {
    try {
      const taken = writeSync(this.#fd, bytes)
      this.#listener.onInputTaken(taken)
      return taken
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : null
    }
  }

  #open(fd: number): ReadStream {
    const callback = (length: number) => {
      this.#silence?.cancel()
      this.#listener.onOutput(readBuffer.subarray(0, length))
      this.#awaitSilence()
      return true
    }
    // The types of tty.ReadStream leave out `onread`, which it hands on to net.Socket.
    const options = { onread: { buffer: readBuffer, callback } } as object
    const stream = new ReadStream(fd, options)
    // On Linux the end of a terminal is the error EIO; 'close' follows every error.
    stream.on('error', () => {})
    stream.on('close', () => this.#closed())
    stream.resume()
    return stream
  }

  pause(): void {
    if (this.#isPaused || !this.#isOpen) return
    this.#isPaused = true
    this.#silence?.cancel()
    this.#stream.pause()
  }

  resume(): void {
    if (!this.#isPaused || !this.#isOpen) return
    this.#isPaused = false
    this.#stream.resume()
    this.#awaitSilence()
  }

  resize(cols: number, rows: number): void {
    if (this.#isOpen) loadNativePty().native.resize(this.#fd, cols, rows)
  }

  /** Hangs up as a closed terminal window does; what is still there after `graceMs` is killed. */
  close(graceMs: number): void {
    if (this.#exit || this.#kill) return
    signalTerminal(this.pid, 'SIGHUP')
    this.#kill = this.#clock.setTimeout(() => signalTerminal(this.pid, 'SIGKILL'), graceMs)
  }

  #ended(code: number, signal: number): void {
    this.#kill?.cancel()
    this.#exit = signal ? { exitCode: null, signal: signalName(signal) } : { exitCode: code, signal: null }
    if (this.#isOpen) this.#awaitSilence()
    else this.#listener.onExit(this.#exit)
  }

  #awaitSilence(): void {
    if (!this.#exit || this.#isPaused || !this.#isOpen) return
    this.#silence = this.#clock.setTimeout(() => this.#stream.destroy(), TRAILING_SILENCE_MS)
  }

  #closed(): void {
    this.#isOpen = false
    this.#silence?.cancel()
    this.input.close()
    if (this.#exit) this.#listener.onExit(this.#exit)
  }
}

function fork(program: SpawnRequest, onExit: (code: number, signal: number) => void) {
  const { native, helperPath } = loadNativePty()
  const { file, args } = closingFiles(inheritableFiles(), program.file, program.args)
  const env = Object.entries(program.env).map(([name, value]) => `${name}=${value}`)
  const { cwd, cols, rows } = program
  return native.fork(file, args, env, cwd, cols, rows, -1, -1, true, helperPath, onExit)
}
