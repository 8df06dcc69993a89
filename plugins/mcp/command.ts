import { parseArgs } from 'node:util'
import {
  asTeleclaudeError,
  type CliContext,
  type DaemonClient,
  systemClock,
  TeleclaudeError,
} from '../../core/index.ts'
import { createDaemonLink } from './daemon-link.ts'
import { createDaemonStarter } from './daemon-starter.ts'
import { LineTransport } from './line-transport.ts'
import { createMcpServer } from './server.ts'
import { createToolTable } from './tool-table.ts'

const USAGE = 'mcp [--start]'
const HELP = `Serve the tools to an agent over stdin and stdout (MCP).

Agents start it by themselves, as the line tells that the daemon prints at its start. It outlives restarts of the daemon.

Options:
  --start     start the daemon where none runs
  -h, --help  print this
`

/** `teleclaude mcp [--start]`: serves until stdin ends or a signal comes. */
export async function run(argv: readonly string[], io: CliContext): Promise<number> {
  const { start, help } = parseFlags(argv, io)
  if (help) {
    io.stdout.write(`Usage: ${io.commandLine} ${USAGE}\n\n${HELP}`)
    return 0
  }
  const log = (message: string) => void io.stderr.write(`teleclaude mcp: ${message}\n`)
  const client = io.connect({ surface: 'mcp' })
  try {
    return await serve(client, { start, log, io })
  } finally {
    await client.close()
  }
}

interface Serving {
  readonly start: boolean
  readonly io: CliContext
  log(message: string): void
}

async function serve(client: DaemonClient, { start, log, io }: Serving): Promise<number> {
  const startDaemon = start ? createDaemonStarter(io.startDaemon, systemClock) : undefined
  const link = createDaemonLink(client, startDaemon)
  const tools = createToolTable(link, io.operations, systemClock)

  const server = createMcpServer({ link, tools, log })
  const transport = new LineTransport(io.stdin, io.stdout)
  await server.connect(transport)
  if (io.signal.aborted) await transport.close()
  io.signal.addEventListener('abort', () => void transport.close(), { once: true })
  startDaemon?.().catch(error => log(explain(error)))
  await transport.closed
  return 0
}

function parseFlags(argv: readonly string[], io: CliContext): { start: boolean; help: boolean } {
  try {
    const options = {
      start: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    } as const
    return parseArgs({ args: [...argv], options }).values
  } catch (error) {
    throw new TeleclaudeError(
      'TC_ERR_INVALID_INPUT',
      `${asTeleclaudeError(error).message}. Usage: ${io.commandLine} ${USAGE}`,
      { cause: error },
    )
  }
}

function explain(thrown: unknown): string {
  const error = asTeleclaudeError(thrown)
  return `${error.code}: ${error.message}`
}
