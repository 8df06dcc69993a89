import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { ControlReader, type Said } from './control-reader.ts'

export interface ControlClientOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

interface Question {
  resolve(lines: readonly string[]): void
  reject(error: Error): void
}

/** tmux says little; a server that says much more than that is none of ours. */
const MAX_PROBLEM_CHARS = 2000

/** One control-mode client of a tmux server. */
export class ControlClient {
  /** Settles when the client is gone. */
  readonly ended: Promise<void>
  readonly pid: number | undefined
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #reader = new ControlReader()
  readonly #questions: Question[] = []
  #onNotice: (name: string, rest: string) => void = () => {}
  #onPrinted: (lines: readonly string[]) => void = () => {}
  #problem = ''
  #isOver = false

  constructor({ program, args, env, cwd }: ControlClientOptions) {
    this.#child = spawn(program, ['-C', ...args], { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    this.pid = this.#child.pid
    const { stdin, stdout, stderr } = this.#child
    stdout.on('data', chunk => this.#received(chunk))
    stderr.on('data', chunk => this.#failed(String(chunk)))
    // It went away before it read; 'close' says the rest.
    stdin.on('error', () => {})
    this.ended = new Promise(resolve => {
      this.#child.on('error', error => this.#failed(error.message))
      this.#child.on('close', () => {
        this.#over()
        resolve()
      })
    })
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

  /** What tmux says waits. It reads no more of a pane whose output this client would be told of. */
  pause(): void {
    this.#child.stdout.pause()
  }

  resume(): void {
    this.#child.stdout.resume()
  }

  close(): void {
    this.#child.stdin.end()
    this.#child.stdout.resume()
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
