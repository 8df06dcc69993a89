import { parseArgs } from 'node:util'
import {
  type CliContext,
  isTeleclaudeError,
  messageOf,
  neutralise,
  sleep,
  systemClock,
  TeleclaudeError,
} from '../../../core/index.ts'
import type { ForwardNews } from './forward-port.ts'

const USAGE = 'forward <port> --computer <name> [--local <port>] [--json]'
const HELP = `Make a port of another computer's loopback one of this computer's, until Ctrl-C.

Options:
  --computer <name>  the computer whose port it is
  --local <port>     the port here, on 127.0.0.1; by default the same one, 0 is any free one
  --json             print what happens as lines of JSON
  -h, --help         print this
`
/** How often a daemon that went away is looked for. */
const RETRY_MS = 1000

/** `teleclaude forward 3000 --computer workstation`. */
export const forward = {
  async run(argv: readonly string[], io: CliContext): Promise<number> {
    const { values, positionals } = parse(argv, io)
    if (values.help) {
      io.stdout.write(`Usage: ${io.commandLine} ${USAGE}\n\n${HELP}`)
      return 0
    }
    const port = portOf(positionals[0], io)
    const local = values.local === undefined ? port : portOf(values.local, io)
    if (!values.computer || positionals.length > 1) throw misuse(io, 'Say which port of which computer')
    const daemon = io.connect({ surface: 'cli' })
    const report = reporter(io, { computer: values.computer, port, asJson: values.json === true })
    const input = { to: values.computer, port, local_port: local }
    try {
      for (;;) {
        const ended = await daemon
          .call('ports.forward', input, { signal: io.signal, onItem: news => report(news as ForwardNews) })
          .catch((error: unknown) => error)
        if (io.signal.aborted) return 0
        if (!isAway(ended)) throw ended
        report({ type: 'problem', message: 'the daemon of this computer is away; waiting for it' })
        await sleep(systemClock, RETRY_MS, io.signal)
      }
    } finally {
      await daemon.close()
    }
  },
}

function parse(argv: readonly string[], io: CliContext) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        computer: { type: 'string' },
        local: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    })
  } catch (error) {
    throw misuse(io, messageOf(error))
  }
}

function portOf(text: string | undefined, io: CliContext): number {
  if (text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw misuse(io, text === undefined ? 'Say which port' : `'${text}' is no port`)
}

function misuse({ commandLine }: CliContext, what: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_INVALID_INPUT', `${what}. Usage: ${commandLine} ${USAGE}`)
}

/** A daemon that stopped in the middle comes back; one that never ran is told of. */
function isAway(error: unknown): boolean {
  return isTeleclaudeError(error, 'TC_ERR_NOT_RUNNING')
}

function reporter(io: CliContext, to: { computer: string; port: number; asJson: boolean }) {
  return (news: ForwardNews): void => {
    if (to.asJson) io.stdout.write(`${JSON.stringify(news)}\n`)
    else if (news.type === 'listening')
      io.stdout.write(`127.0.0.1:${news.port} is port ${to.port} of ${to.computer}. Ctrl-C ends it.\n`)
    else if (news.type === 'problem') io.stderr.write(`${neutralise(news.message)}\n`)
  }
}
