import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const BIN = resolve(import.meta.dirname, '../../bin/teleclaude')

/** How a command of the command line ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command line as users have it: the real bin in a process of its own, with folders of its own. */
export interface CommandLine {
  readonly binPath: string
  readonly env: Readonly<Record<string, string>>
  /** Runs a command to its end. */
  run(
    args: readonly string[],
    options?: { input?: string; cwd?: string; env?: Record<string, string> },
  ): Promise<Ended>
  /** Runs one that prints one JSON value and succeeds. */
  json<T>(...args: string[]): Promise<T>
  /** Starts one that goes on. */
  start(args: readonly string[], options?: { cwd?: string; env?: Record<string, string> }): Running
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** What it has printed until now. */
  stdout(): string
  stderr(): string
}

/** @param dir a fresh folder: its `state` and `config` are used, and it is the home folder */
export function commandLine(dir: string): CommandLine {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    XDG_CONFIG_HOME: `${dir}/config`,
    TELECLAUDE_STATE_DIR: `${dir}/s`,
  }
  const start: CommandLine['start'] = (args, options = {}) => {
    const child = spawn(BIN, args, { cwd: options.cwd ?? dir, env: { ...env, ...options.env } })
    return running(child)
  }
  const run: CommandLine['run'] = async (args, options = {}) => {
    const { child, ended } = start(args, options)
    child.stdin?.on('error', () => {}).end(options.input ?? '')
    return await ended
  }
  return {
    binPath: BIN,
    env,
    start,
    run,
    async json<T>(...args: string[]) {
      const { code, stdout, stderr } = await run(args)
      if (code !== 0) throw new Error(`teleclaude ${args.join(' ')} exited with ${code}: ${stderr}`)
      return JSON.parse(stdout) as T
    },
  }
}

function running(child: ChildProcess): Running {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }))
  return { child, ended, stdout: () => stdout, stderr: () => stderr }
}
