import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { systemClock } from '../../../core/clock.ts'
import { createDaemonClient } from '../../../core/control/client.ts'
import type { DaemonClient } from '../../../core/host/plugin.ts'
import { commandLine } from '../../support/command-line.ts'
import { startLines } from '../measure/child-lines.ts'

export const BIN = resolve(import.meta.dirname, '../../../bin/teleclaude')

/** More than any row needs. */
const MAX_SESSIONS = 400

/** A daemon as users have it, in a process and with folders of its own. */
export interface BenchDaemon extends AsyncDisposable {
  readonly pid: number
  /** Its home folder, with its configuration and its state; it goes when the daemon ends. */
  readonly home: string
  readonly env: Readonly<Record<string, string>>
  readonly controlSocket: string
  readonly client: DaemonClient
  /** The process that holds the terminals; there is one once there is a session. */
  ptyHostPid(): number
  /** `computer` is where it runs; by default here. `more` is what else `session.start` takes. */
  startSession(computer?: string, more?: object): Promise<string>
  /** Runs a command of the command line; settles when it has succeeded. */
  cli(...args: readonly string[]): Promise<void>
}

export interface BenchSetup {
  readonly name?: string
  /** Beside those that every daemon here has. */
  readonly plugins?: readonly unknown[]
  /** Options of the terminal plugin. */
  readonly terminal?: object
  readonly meshSecret?: string
}

/** A folder with a configuration; remove it with `rmSync`. */
export function benchFolder({ name = 'bench', plugins = [], terminal, meshSecret }: BenchSetup = {}): {
  dir: string
  env: Record<string, string>
} {
  const dir = mkdtempSync('/tmp/tc-')
  const config = {
    computer: { name },
    plugins: [['terminal', { maxSessions: MAX_SESSIONS, ...terminal }], 'registry', 'mcp', ...plugins],
    ...(meshSecret !== undefined && { mesh: { secret: meshSecret } }),
  }
  writeFileSync(join(dir, 'teleclaude.config.json'), JSON.stringify(config), { mode: 0o600 })
  const env = { ...commandLine(dir).env, TELECLAUDE_CONFIG: join(dir, 'teleclaude.config.json') }
  return { dir, env }
}

export async function startDaemon(setup: BenchSetup = {}): Promise<BenchDaemon> {
  const { dir, env } = benchFolder(setup)
  const daemon = startLines(BIN, ['start'], env)
  await daemon.line('is ready')
  const controlSocket = join(dir, 's/control.sock')
  const client = createDaemonClient({ socketPath: controlSocket, surface: 'bench', clock: systemClock })
  return {
    pid: daemon.pid,
    home: dir,
    env,
    controlSocket,
    client,
    ptyHostPid: () => processWith(join(dir, 's/terminal/pty-host.sock')),
    async startSession(computer, more) {
      const input = { title: 'bench', ...(computer !== undefined && { computer }), ...more }
      const { session_id } = await client.call<{ session_id: string }>('session.start', input)
      return session_id
    },
    async cli(...args) {
      const { code, stderr } = await commandLine(dir).run(args, { env })
      if (code !== 0) throw new Error(`teleclaude ${args.join(' ')} exited with ${code}: ${stderr}`)
    },
    async [Symbol.asyncDispose]() {
      await client.call('daemon.stop', { sessions: true })
      await client.close()
      await daemon[Symbol.asyncDispose]()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function processWith(argument: string): number {
  const pid = readdirSync('/proc').find(
    name => /^\d+$/.test(name) && commandLineOf(name).split('\0').includes(argument),
  )
  if (pid === undefined) throw new Error(`no process was started with ${argument}`)
  return Number(pid)
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return '' // it has ended in the meantime
  }
}
