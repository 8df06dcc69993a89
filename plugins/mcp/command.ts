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

/** `teleclaude mcp [--start]`: serves until stdin ends or a signal comes. */
export async function run(argv: readonly string[], io: CliContext): Promise<number> {
  const { start } = parseFlags(argv, io)
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

function parseFlags(argv: readonly string[], io: CliContext): { start: boolean } {
  try {
    const { values } = parseArgs({ args: [...argv], options: { start: { type: 'boolean', default: false } } })
    return values
  } catch (error) {
    throw new TeleclaudeError(
      'TC_ERR_INVALID_INPUT',
      `${asTeleclaudeError(error).message}. Usage: ${io.commandLine} mcp [--start]`,
      { cause: error },
    )
  }
}

function explain(thrown: unknown): string {
  const error = asTeleclaudeError(thrown)
  return `${error.code}: ${error.message}`
}
