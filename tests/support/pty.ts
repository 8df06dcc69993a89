import { spawn } from 'node-pty'
import { onTestFinished } from 'vitest'
import { until } from './until.ts'

const PATIENCE_MS = 25_000

/** A program on a terminal of its own, with a person at it. It ends with the test. */
export function onTerminal(
  argv: readonly [string, ...string[]],
  at: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
) {
  const [file, ...args] = argv
  const pty = spawn(file, args, { ...at, env: { ...at.env }, name: 'xterm', cols: 200, rows: 50 })
  let printed = ''
  let exitCode: number | null = null
  pty.onData(text => {
    printed += text
  })
  pty.onExit(end => {
    exitCode = end.signal ? 128 + end.signal : end.exitCode
  })
  onTestFinished(() => {
    if (exitCode === null) pty.kill('SIGKILL')
  })
  return {
    /** Everything that it has shown. */
    shown: () => printed,
    types: (keys: string) => pty.write(keys),
    resize: (cols: number, rows: number) => pty.resize(cols, rows),
    /** Settles when `text` stands there. */
    async shows(text: string): Promise<void> {
      await until(() => printed.includes(text), `'${text}' on the terminal`, PATIENCE_MS)
    },
    /** Settles with its exit code, or with 128 + n where signal n ended it. */
    async ended(): Promise<number> {
      await until(() => exitCode !== null, `the end of ${file}`, PATIENCE_MS)
      return exitCode ?? 0
    },
  }
}
