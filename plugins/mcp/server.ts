import type { InitializeResult, ListToolsResult } from '@modelcontextprotocol/sdk/types.js'
import { asTeleclaudeError, isTeleclaudeError, TeleclaudeError, VERSION, z } from '../../core/index.ts'
import type { DaemonLink } from './daemon-link.ts'
import { instructions } from './instructions.ts'
import { InvalidParams, type Method } from './json-rpc.ts'
import { progressReporter } from './progress.ts'
import { toResult, toToolError } from './results.ts'
import type { ToolTable } from './tool-table.ts'

export interface McpServerParts {
  readonly link: DaemonLink
  readonly tools: ToolTable
  notify(method: string, params?: object): Promise<void>
}

/** The revisions of the protocol that this server speaks, the newest first: what it uses is the same in all of them. */
const PROTOCOL_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const

const initializeParams = z.object({ protocolVersion: z.string() })
const callParams = z.object({
  name: z.string(),
  arguments: z.record(z.string(), z.unknown()).default({}),
  _meta: z.object({ progressToken: z.union([z.string(), z.number()]).optional() }).optional(),
})

/** The methods of an MCP server that offers tools and asks nothing of its client. */
export function mcpMethods({ link, tools, notify }: McpServerParts): Readonly<Record<string, Method>> {
  const callTool = async (name: string, input: unknown, options: CallOptions): Promise<unknown> => {
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
  const announceChanges = async () => {
    link.settle()
    if (await tools.hasChanged()) await notify('notifications/tools/list_changed')
  }

  return {
    initialize: async params => welcome(parse(initializeParams, params).protocolVersion),
    ping: async () => ({}),
    'tools/list': async () =>
      ({ tools: (await tools.list()).map(tool => tool.definition) }) satisfies ListToolsResult,
    'tools/call': async (params, signal) => {
      const { name, arguments: input, _meta } = parse(callParams, params)
      const onItem = progressReporter(_meta?.progressToken, progress =>
        notify('notifications/progress', progress),
      )
      try {
        return toResult(await callTool(name, input, { signal, ...(onItem && { onItem }) }))
      } catch (error) {
        return toToolError(asTeleclaudeError(error))
      }
    },
  }
}

type CallOptions = Parameters<DaemonLink['call']>[2]

function parse<Schema extends z.ZodType>(schema: Schema, params: unknown): z.output<Schema> {
  const parsed = schema.safeParse(params)
  if (parsed.success) return parsed.data
  throw new InvalidParams(z.prettifyError(parsed.error))
}

function welcome(requested: string): InitializeResult {
  const spoken = PROTOCOL_VERSIONS.find(version => version === requested)
  return {
    protocolVersion: spoken ?? PROTOCOL_VERSIONS[0],
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
