import { Protocol } from '@modelcontextprotocol/sdk/shared/protocol.js'
import {
  CallToolRequestSchema,
  InitializeRequestSchema,
  type InitializeResult,
  LATEST_PROTOCOL_VERSION,
  ListToolsRequestSchema,
  type ServerNotification,
  type ServerRequest,
  type ServerResult,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/sdk/types.js'
import { asTeleclaudeError, isTeleclaudeError, TeleclaudeError, VERSION } from '../../core/index.ts'
import type { DaemonLink } from './daemon-link.ts'
import { instructions } from './instructions.ts'
import { progressReporter } from './progress.ts'
import { toResult, toToolError } from './results.ts'
import type { ToolTable } from './tool-table.ts'

export interface McpServerParts {
  readonly link: DaemonLink
  readonly tools: ToolTable
  readonly log: (message: string) => void
}

/**
 * The server's side of the protocol. It is built on the SDK's `Protocol` and not on its `Server`, which would add a
 * JSON Schema compiler (2 MB in the process of every agent) for requests that this server never makes.
 */
class McpServer extends Protocol<ServerRequest, ServerNotification, ServerResult> {
  protected override assertCapabilityForMethod(): void {}
  protected override assertNotificationCapability(): void {}
  protected override assertRequestHandlerCapability(): void {}
  protected override assertTaskCapability(method: string): void {
    throw new Error(`tasks are not supported (${method})`)
  }
  protected override assertTaskHandlerCapability(method: string): void {
    throw new Error(`tasks are not supported (${method})`)
  }
}

/** Answers initialize, tools/list and tools/call. Connect it to a transport; `onclose` says when that has ended. */
export function createMcpServer({ link, tools, log }: McpServerParts): McpServer {
  const server = new McpServer()
  server.onerror = error => log(error.message)
  server.setRequestHandler(InitializeRequestSchema, request => welcome(request.params.protocolVersion))
  server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: (await tools.list()).map(tool => tool.definition),
  }))
  server.setRequestHandler(CallToolRequestSchema, async (request, { signal, sendNotification, _meta }) => {
    const { name, arguments: input = {} } = request.params
    try {
      const onItem = progressReporter(_meta?.progressToken, sendNotification)
      const output = await callTool(name, input, { signal, ...(onItem && { onItem }) })
      return toResult(output)
    } catch (error) {
      return toToolError(asTeleclaudeError(error))
    }
  })

  async function callTool(name: string, input: unknown, options: CallOptions): Promise<unknown> {
    const tool = await tools.find(name)
    if (!tool) throw unknownTool(name, await tools.list())
    const output = await link.call(tool.operation, input, options).catch(async error => {
      if (isTeleclaudeError(error, 'TC_ERR_UNKNOWN_OPERATION')) await announceChanges()
      throw error
    })
    if (link.wasDown) await announceChanges()
    return output
  }

  /** A daemon that came back may be another one: of another version, with other plugins. */
  async function announceChanges(): Promise<void> {
    link.settle()
    if (await tools.hasChanged()) await server.notification({ method: 'notifications/tools/list_changed' })
  }

  return server
}

type CallOptions = Parameters<DaemonLink['call']>[2]

function welcome(requested: string): InitializeResult {
  return {
    protocolVersion: SUPPORTED_PROTOCOL_VERSIONS.includes(requested) ? requested : LATEST_PROTOCOL_VERSION,
    capabilities: { tools: { listChanged: true } },
    serverInfo: { name: 'teleclaude', title: 'TeleClaude', version: VERSION },
    instructions,
  }
}

function unknownTool(name: string, known: Awaited<ReturnType<ToolTable['list']>>): TeleclaudeError {
  const names = known.map(tool => tool.definition.name).join(', ')
  return new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `there is no tool '${name.slice(0, 100)}'. The tools are: ${names}`,
  )
}
