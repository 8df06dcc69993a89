import { parseArgs } from 'node:util'
import { asTeleclaudeError, type CliContext, systemClock, TeleclaudeError } from '../../core/index.ts'
import { createDaemonLink } from './daemon-link.ts'
import { JsonRpc } from './json-rpc.ts'
import { LineStream } from './line-stream.ts'
import { mcpMethods } from './server.ts'
import { createToolTable } from './tool-table.ts'

/** `teleclaude mcp [--start]`: serves until stdin ends or a signal comes. */
export async function run(argv: readonly string[], io: CliContext): Promise<number> {
  const { start } = parseFlags(argv, io)
  const log = (message: string) => void io.stderr.write(`teleclaude mcp: ${message}\n`)
  await using client = io.connect({ surface: 'mcp' })
  const link = createDaemonLink(client, start ? io.startDaemon : undefined)
  const tools = createToolTable(link, io.operations, systemClock)

  const rpc: JsonRpc = new JsonRpc({
    methods: mcpMethods({ link, tools, notify: (method, params) => rpc.notify(method, params) }),
    send: message => lines.send(message),
    log,
  })
  const lines = new LineStream(io.stdin, io.stdout, {
    onLine: line => rpc.receive(line),
    onTooLong: bytes => log(`skipped a message of ${bytes} bytes: too long`),
  })
  if (io.signal.aborted) lines.close()
  io.signal.addEventListener('abort', () => lines.close(), { once: true })
  if (start) io.startDaemon().catch(error => log(explain(error)))
  await lines.ended
  rpc.close()
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
