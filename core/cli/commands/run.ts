import { constants } from 'node:os'
import { resolve } from 'node:path'
import { isTeleclaudeError, messageOf } from '../../errors.ts'
import type { Session } from '../../sessions/session.ts'
import type { Cli } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { type Ending, followSession } from '../follow-session.ts'
import type { EndSignal } from '../interrupts.ts'
import { rawWriter, textWriter } from '../output-writer.ts'
import { PipeClosed } from '../streams.ts'
import type { ParsedVerb } from '../verb.ts'
import { runForJson } from './run-json.ts'

/** What `run` was asked to do. */
export interface RunRequest {
  readonly command: readonly string[]
  readonly cwd: string | undefined
  readonly computer: string | undefined
}

/** A second Ctrl-C within this time means the session, not the command. */
const SECOND_CTRL_C_MS = 2000
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
  const interruptions = new Interruptions(started, stop, cli)
  using _taken = cli.interrupts.take(signal => interruptions.hear(signal))
  const sessionId = await started
  using _resizing = followWindow(sessionId, cli)
  const writer = cli.isTerminal ? rawWriter(cli) : textWriter(cli)
  try {
    const onEntries = writer.write
    const ending = await followSession({ sessionId, since: '0', signal: stop.signal, onEntries }, cli)
    await writer.end()
    return await exitCodeFor(sessionId, ending, cli)
  } catch (error) {
    if (error instanceof PipeClosed) await cli.daemon.call('session.close', { session_id: sessionId })
    if (interruptions.exitCode === null) throw error
    await cli.daemon.call('session.close', { session_id: sessionId })
    return interruptions.exitCode
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

/** The first Ctrl-C is the command's, the second ours; any other signal ends both. */
class Interruptions {
  exitCode: number | null = null
  readonly #session: Promise<string>
  readonly #stop: AbortController
  readonly #cli: Cli
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(session: Promise<string>, stop: AbortController, cli: Cli) {
    this.#session = session
    this.#stop = stop
    this.#cli = cli
  }

  hear(signal: EndSignal): void {
    const now = this.#cli.clock.monotonic()
    if (signal === 'SIGINT' && now - this.#lastAt > SECOND_CTRL_C_MS) {
      this.#lastAt = now
      this.#session
        .then(session_id => this.#cli.daemon.call('session.interrupt', { session_id }))
        .catch((error: unknown) => this.#cli.tell(`teleclaude: cannot interrupt: ${messageOf(error)}`))
      return
    }
    if (this.exitCode !== null) this.#cli.interrupts.abort()
    this.exitCode = 128 + constants.signals[signal]
    this.#stop.abort()
  }
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
