import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { EventEmitter } from 'node:events'
import { closeSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { ControlReader, type Said } from './control-reader.ts'
import { capacityOf, openFifo, readFifo } from './fifo.ts'

export interface ControlClientOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** For a pipe; nobody else can enter it. */
  readonly folder: string
}

type Child = ChildProcessByStdio<Writable, null, Readable>

interface Question {
  resolve(lines: readonly string[]): void
  reject(error: Error): void
}

/** tmux says little; a server that says much more than that is none of ours. */
const MAX_PROBLEM_CHARS = 2000
/** As much as tmux has to have left to say to a client before it makes panes wait for it, and some more. */
const LEFT_BYTES = 1024
/** Where pages have 64 KiB, 1 MiB fits into a pipe; that is more than a line of control mode may have. */
const FILLER_BYTES = 64 * 1024

/** One control-mode client of a tmux server. */
export class ControlClient {
  /** Settles when the client is gone. */
  readonly ended: Promise<void>
  readonly pid: number | undefined
  readonly #child: Child
  readonly #output: Socket
  readonly #capacity: number
  readonly #reader = new ControlReader()
  readonly #questions: Question[] = []
  #onNotice: (name: string, rest: string) => void = () => {}
  #onPrinted: (lines: readonly string[]) => void = () => {}
  #problem = ''
  #isOver = false
  /** Commands to {@link stopListening} of which not everything was heard yet. */
  #unheard = 0

  /**
   * What tmux says comes through a pipe, because how much fits into it is known.
   * @throws where this process has no room for a child
   */
  static async open(options: ControlClientOptions): Promise<ControlClient> {
    const fifo = await openFifo(options.folder)
    rmSync(fifo.path, { force: true })
    try {
      const capacity = capacityOf(fifo)
      return new ControlClient(spawned(options, fifo.writer), fifo.reader, capacity)
    } catch (error) {
      closeSync(fifo.reader)
      throw error
    } finally {
      closeSync(fifo.writer)
    }
  }

  private constructor(child: Child, output: number, capacity: number) {
    this.#capacity = capacity
    this.#output = readFifo(output, bytes => this.#received(bytes))
    this.#child = child
    this.pid = child.pid
    child.stderr.on('data', chunk => this.#failed(String(chunk)))
    // It went away before it read; 'close' says the rest.
    child.stdin.on('error', () => {})
    this.#child.on('error', error => this.#failed(error.message))
    // What it said last is heard too.
    this.#child.on('exit', () => this.#output.resume())
    this.ended = this.#whenEnded()
    this.#output.resume()
  }

  async #whenEnded(): Promise<void> {
    await Promise.all([closed(this.#output), closed(this.#child)])
    this.#over()
  }

  onNotice(fn: (name: string, rest: string) => void): void {
    this.#onNotice = fn
  }

  /**
   * What the commands in its arguments print, once a line of it begins with `word`; rejects with what tmux says if it
   * ends before.
   */
  printed(word: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#onPrinted = lines => {
        const line = lines.find(line => line.startsWith(word))
        if (line !== undefined) resolve(line.slice(word.length))
      }
      void this.ended.then(() => reject(new Error(this.problem || 'the tmux client has ended')))
    })
  }

  /** What tmux complained of. */
  get problem(): string {
    return this.#problem.trim()
  }

  /** Whether it can be told more now. */
  get isReady(): boolean {
    return !this.#isOver && !this.#child.stdin.writableNeedDrain
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** One command, and what it prints; rejects with what tmux says against it. */
  ask(command: string): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) return reject(new Error(this.problem || 'the tmux client has ended'))
      this.#questions.push({ resolve, reject })
      this.#child.stdin.write(`${command}\n`)
    })
  }

  /** One command whose outcome nobody waits for. */
  tell(command: string): void {
    this.ask(command).catch(() => {})
  }

  /**
   * What tmux says waits, and is sure to be more than fits into the pipe: tmux looks at what it has left to say, and only
   * when something is said.
   */
  stopListening(): void {
    this.#output.pause()
    // One of two that were not heard to the end was not heard at all.
    if (this.#unheard === 2) return
    this.#unheard++
    const heard = () => {
      this.#unheard--
    }
    let left = this.#capacity + LEFT_BYTES
    for (; left > FILLER_BYTES; left -= FILLER_BYTES) this.tell(filler(FILLER_BYTES))
    this.ask(filler(left)).then(heard, heard)
  }

  listen(): void {
    this.#output.resume()
  }

  close(): void {
    this.#child.stdin.end()
    this.listen()
    this.#child.kill('SIGTERM')
  }

  #received(chunk: Buffer): void {
    try {
      for (const said of this.#reader.push(chunk)) this.#said(said)
    } catch (error) {
      this.#failed((error as Error).message)
      this.close()
    }
  }

  #said(said: Said): void {
    if (said.type === 'notice') this.#onNotice(said.name, said.rest)
    else if (!said.isAnswer) {
      if (said.isError) this.#failed(said.lines.join(' '))
      else this.#onPrinted(said.lines)
    } else {
      const question = this.#questions.shift()
      if (said.isError) question?.reject(new Error(said.lines.join(' ')))
      else question?.resolve(said.lines)
    }
  }

  #failed(text: string): void {
    this.#problem = `${this.#problem}${text}\n`.slice(-MAX_PROBLEM_CHARS)
  }

  #over(): void {
    this.#isOver = true
    const error = new Error(this.problem || 'the tmux client has ended')
    for (const { reject } of this.#questions.splice(0)) reject(error)
  }
}

/** A command that prints so much. */
function filler(bytes: number): string {
  return `display-message -p "#{p${bytes}:}"`
}

/** @throws where no child can be had at all; that there is no such program is an event of it */
function spawned({ program, args, env, cwd }: ControlClientOptions, output: number): Child {
  const child = spawn(program, ['-C', ...args], { env, cwd, stdio: ['pipe', output, 'pipe'] })
  // Without a listener what is thrown here would be thrown a second time, at nobody.
  child.on('error', () => {})
  if (!child.stdin || !child.stderr) throw new Error(`${program} cannot be run: too many files are open`)
  return child as Child // the types know of no descriptors
}

/** An error, which comes before it, is no reason not to wait. */
function closed(emitter: EventEmitter): Promise<unknown> {
  return new Promise(resolve => emitter.once('close', resolve))
}
