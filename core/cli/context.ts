import { type Clock, systemClock } from '../clock.ts'
import { commandLine } from '../command-line.ts'
import { createDaemonClient } from '../control/client.ts'
import type { CliContext, DaemonClient } from '../host/plugin.ts'
import { stateDirFiles, stateDirPath } from '../state-dir-path.ts'
import type { Interrupts } from './interrupts.ts'
import { createPrinter, type Printer } from './streams.ts'

/** What a verb is given: what plugins' verbs get, and what only core's need. */
export interface Cli extends CliContext, Printer {
  readonly clock: Clock
  readonly stateDir: string
  readonly socketPath: string
  readonly logPath: string
  /** As given before the verb. */
  readonly configPath: string | undefined
  readonly interrupts: Interrupts
  /** The client of this command line; made at its first use. */
  readonly daemon: DaemonClient
}

export interface CliSetup {
  readonly process: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env'>
  readonly interrupts: Interrupts
  readonly configPath: string | undefined
}

export function createCli({ process, interrupts, configPath }: CliSetup): Cli {
  const { env, stdin } = process
  const stateDir = stateDirPath(env)
  const { controlSocket: socketPath, log: logPath } = stateDirFiles(stateDir)
  const connect = ({ surface }: { surface: string }) =>
    createDaemonClient({ socketPath, surface, clock: systemClock, env })
  let daemon: DaemonClient | undefined
  const cli: Cli = {
    ...createPrinter(process.stdout, process.stderr),
    stdin,
    env,
    clock: systemClock,
    stateDir,
    socketPath,
    logPath,
    configPath,
    interrupts,
    signal: interrupts.signal,
    commandLine,
    connect,
    get daemon() {
      daemon ??= connect({ surface: 'cli' })
      return daemon
    },
    startDaemon: async () => (await import('./detached.ts')).ensureDaemon(cli),
    operations: async () => (await import('./operation-table.ts')).describeOperations(cli),
  }
  return cli
}
