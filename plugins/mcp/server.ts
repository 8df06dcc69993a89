import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestSchema,
  type CallToolResult,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import {
  asTeleclaudeError,
  isTeleclaudeError,
  messageOf,
  TeleclaudeError,
  VERSION,
} from '../../core/index.ts'
import type { DaemonLink } from './daemon-link.ts'
import { instructions } from './instructions.ts'
import { progressReporter } from './progress.ts'
import { toResult, toToolError } from './results.ts'
import type { ToolTable } from './tool-table.ts'

export interface McpServerParts {
  readonly link: DaemonLink
  readonly tools: ToolTable
  log(message: string): void
}

/** The SDK tells of some faults with the whole message that caused them. */
const MAX_FAULT_CHARS = 300

/** An MCP server that offers tools and asks nothing of its client. Connect it to a transport. */
export function createMcpServer({ link, tools, log }: McpServerParts): Server {
  // The SDK's `McpServer` takes tools that are known beforehand, as zod schemas; these come from the daemon, as JSON Schema.
  const server = new Server(
    { name: 'teleclaude', title: 'TeleClaude', version: VERSION },
    { capabilities: { tools: { listChanged: true } }, instructions },
  )
  server.onerror = error => log(messageOf(error).slice(0, MAX_FAULT_CHARS))
  const callTool = toolCaller(link, tools, () => server.sendToolListChanged())

  server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: (await tools.list()).map(tool => tool.definition),
  }))
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal, sendNotification }) => {
    const onItem = progressReporter(params._meta?.progressToken, progress =>
      sendNotification({ method: 'notifications/progress', params: progress }),
    )
    return callTool(params.name, params.arguments ?? {}, { signal, ...(onItem && { onItem }) })
  })
  return server
}

type CallOptions = Parameters<DaemonLink['call']>[2]

/** Calls a tool's operation; whatever goes wrong is the result. */
function toolCaller(link: DaemonLink, tools: ToolTable, announce: () => Promise<void>) {
  /** A daemon that came back may be another one: of another version, with other plugins. */
  const announceChanges = async () => {
    link.settle()
    if (await tools.hasChanged()) await announce()
  }

  const call = async (name: string, input: unknown, options: CallOptions): Promise<unknown> => {
    const tool = await tools.find(name)
    if (!tool) throw unknownTool(name, await tools.list())
    const output = await link.call(tool.operation, input, options).catch(async error => {
      if (isTeleclaudeError(error, 'TC_ERR_UNKNOWN_OPERATION')) await announceChanges()
      throw error
    })
    if (link.wasDown) await announceChanges()
    return output
  }

  return (name: string, input: unknown, options: CallOptions): Promise<CallToolResult> =>
    call(name, input, options)
      .then(toResult)
      .catch(error => toToolError(asTeleclaudeError(error)))
}

function unknownTool(name: string, known: Awaited<ReturnType<ToolTable['list']>>): TeleclaudeError {
  const names = known.map(tool => tool.definition.name).join(', ')
  return new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `there is no tool '${name.slice(0, 100)}'. The tools are: ${names}`,
  )
}
