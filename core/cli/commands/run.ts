import { once } from 'node:events'
import { constants } from 'node:os'
import { resolve } from 'node:path'
import { withDeadline } from '../../clock.ts'
import { isTeleclaudeError, messageOf, TeleclaudeError } from '../../errors.ts'
import type { Session } from '../../sessions/session.ts'
import type { Cli } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { type Ending, followSession } from '../follow-session.ts'
import { rawWriter, textWriter } from '../output-writer.ts'
import { PipeClosed } from '../streams.ts'
import type { ParsedVerb } from '../verb.ts'
import { RunInterrupts } from './run-interrupts.ts'
import { runForJson } from './run-json.ts'

/** What `run` was asked to do. */
export interface RunRequest {
  readonly command: readonly string[]
  readonly cwd: string | undefined
  readonly computer: string | undefined
}

/** More than a program is given to end by itself. */
const CLOSE_MS = 10_000
/** Piped, nothing is gained by lines that programs fold or cut at 80 columns. */
const PIPED_COLUMNS = 200

export const run: ParsedVerb = {
  configure(command) {
    command
      .argument('<command...>', 'the program and its arguments, as they are; no shell looks at them')
      .option('--cwd <path>', 'the folder to run it in (default: this one)')
      .option('--computer <name>', 'the computer to run it on (default: this one)')
      .option('--json', 'print the result as JSON, when it has ended')
      .passThroughOptions()
      .usage('[options] -- <command...>')
      .addHelpText(
        'after',
        '\nCtrl-C interrupts the command; a second one within 2 s ends it. Exits with the command’s own code,\n' +
          '128 + n where a signal ended it, 127 where it does not exist. For a command that reads, use session attach.',
      )
  },
  async run({ args: [command], options }, cli) {
    const computer = options.computer as string | undefined
    const cwd = options.cwd as string | undefined
    const request: RunRequest = {
      command: command as readonly string[],
      computer,
      cwd: computer === undefined ? resolve(cwd ?? '.') : cwd,
    }
    try {
      return options.json === true ? await runForJson(request, cli) : await stream(request, cli)
    } catch (error) {
      if (!isTeleclaudeError(error, 'TC_ERR_COMMAND_NOT_FOUND')) throw error
      cli.tell(`teleclaude: ${error.message} (${error.code})`)
      return EXIT.commandNotFound
    }
  },
}

async function stream(request: RunRequest, cli: Cli): Promise<number> {
  const stop = new AbortController()
  const started = startSession(request, cli)
  const interrupts = new RunInterrupts(started, stop, cli)
  const taken = cli.interrupts.take(signal => interrupts.hear(signal))
  try {
    const sessionId = await orAborted(started, stop.signal)
    return await followToItsEnd(sessionId, stop.signal, cli)
  } catch (error) {
    if (error instanceof PipeClosed || interrupts.exitCode !== null) await endSession(started, cli)
    if (interrupts.exitCode === null) throw error
    return interrupts.exitCode
  } finally {
    taken[Symbol.dispose]()
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = once(signal, 'abort').then(() => {
    throw new TeleclaudeError('TC_ERR_CANCELLED', 'interrupted before the command had started')
  })
  return Promise.race([work, aborted])
}

async function followToItsEnd(sessionId: string, signal: AbortSignal, cli: Cli): Promise<number> {
  const resizing = followWindow(sessionId, cli)
  try {
    const writer = cli.isTerminal ? rawWriter(cli) : textWriter(cli)
    const ending = await followSession({ sessionId, since: '0', signal, onEntries: writer.write }, cli)
    await writer.end()
    return await exitCodeFor(sessionId, ending, cli)
  } finally {
    resizing[Symbol.dispose]()
  }
}

async function endSession(started: Promise<string>, cli: Cli): Promise<void> {
  const ended = started.then(session_id => cli.daemon.call('session.close', { session_id }))
  const late = () => new TeleclaudeError('TC_ERR_TIMEOUT', `not within ${CLOSE_MS / 1000} s`)
  try {
    await withDeadline(cli.clock, ended, CLOSE_MS, late)
  } catch (error) {
    cli.tell(
      `teleclaude: the session could not be ended: ${messageOf(error)}. See: ${cli.commandLine} session list`,
    )
  }
}

async function startSession({ command, ...where }: RunRequest, cli: Cli): Promise<string> {
  const { session_id } = await cli.daemon.call<{ session_id: string }>('session.start', {
    ...where,
    kind: 'run',
    title: titleOf(command),
    command,
    adapter_types: [],
    cols: cli.isTerminal ? cli.stdout.columns : PIPED_COLUMNS,
    ...(cli.isTerminal && { rows: cli.stdout.rows }),
  })
  return session_id
}

function followWindow(sessionId: string, cli: Cli): Disposable {
  const { stdout, daemon } = cli
  const onResize = () => {
    const size = { cols: stdout.columns, rows: stdout.rows }
    // The next change tries again; a window of the wrong size is no reason to stop.
    daemon.call('session.resize', { session_id: sessionId, ...size }).catch(() => {})
  }
  stdout.on('resize', onResize)
  return { [Symbol.dispose]: () => void stdout.off('resize', onResize) }
}

async function exitCodeFor(sessionId: string, ending: Ending | null, cli: Cli): Promise<number> {
  if (typeof ending?.exitCode === 'number') return ending.exitCode
  if (ending?.signal) return codeOfSignal(ending.signal)
  const session = await cli.daemon.call<Session>('session.get', { session_id: sessionId })
  if (session.exitCode !== null) return session.exitCode
  cli.tell(`teleclaude: the session ended: ${ending?.reason ?? session.closeReason ?? session.state}`)
  return EXIT.error
}

function codeOfSignal(signal: string): number {
  const numbers: Readonly<Record<string, number>> = constants.signals
  return 128 + (numbers[signal] ?? 0)
}

function titleOf(command: readonly string[]): string {
  return command.join(' ').replace(/\s+/g, ' ').trim().slice(0, 80) || 'run'
}
