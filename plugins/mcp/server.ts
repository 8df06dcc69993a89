import { asTeleclaudeError, isTeleclaudeError, TeleclaudeError, VERSION } from '../../core/index.ts'
import type { DaemonLink } from './daemon-link.ts'
import { instructions } from './instructions.ts'
import { isObject, type Params } from './json-rpc.ts'
import type { LineTransport } from './line-transport.ts'
import { progressReporter } from './progress.ts'
import { type ToolResult, toResult, toToolError } from './results.ts'
import { serveRpc } from './rpc-server.ts'
import type { ToolTable } from './tool-table.ts'

export interface McpServerParts {
  readonly link: DaemonLink
  readonly tools: ToolTable
}

/** The versions of MCP that are spoken here, newest first: in what this server does they do not differ. */
const PROTOCOLS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07']

/**
 * Serves MCP over a transport: offers tools, and asks nothing of its client. That is little of MCP, so it is done without
 * the SDK's server, which checks each message several times over and takes 8 MB of every agent's shim.
 */
export function serveMcp(transport: LineTransport, { link, tools }: McpServerParts): void {
  const announce = () => transport.send({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
  const callTool = toolCaller(link, tools, announce)
  serveRpc(transport, {
    initialize: introduce,
    ping: () => ({}),
    'tools/list': async () => ({ tools: (await tools.list()).map(tool => tool.definition) }),
    'tools/call': (params, { signal, notify }) => {
      const { name, input, progressToken } = readCall(params)
      const onItem = progressReporter(progressToken, progress => notify('notifications/progress', progress))
      return callTool(name, input, { signal, ...(onItem && { onItem }) })
    },
  })
}

/** A client that speaks another version is told the newest that is spoken here, and decides. */
function introduce({ protocolVersion: wanted }: Params): object {
  if (typeof wanted !== 'string') throw invalid("initialize needs a 'protocolVersion'")
  return {
    protocolVersion: PROTOCOLS.includes(wanted) ? wanted : PROTOCOLS[0],
    capabilities: { tools: { listChanged: true } },
    serverInfo: { name: 'teleclaude', title: 'TeleClaude', version: VERSION },
    instructions,
  }
}

function readCall({ name, arguments: input = {}, _meta: meta }: Params) {
  if (typeof name !== 'string' || !isObject(input)) {
    throw invalid("tools/call needs the 'name' of a tool and its 'arguments', an object")
  }
  return { name, input, progressToken: isObject(meta) ? meta.progressToken : undefined }
}

function invalid(why: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_INVALID_INPUT', why)
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

  return (name: string, input: unknown, options: CallOptions): Promise<ToolResult> =>
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
