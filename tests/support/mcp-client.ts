import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport, type StdioServerParameters } from '@modelcontextprotocol/sdk/client/stdio.js'
import {
  type CallToolResult,
  CallToolResultSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'

type RequestOptions = NonNullable<Parameters<Client['request']>[2]>

/** A real MCP client with a server as its child process, connected over stdio. */
export async function connectMcp(server: StdioServerParameters) {
  const transport = new StdioClientTransport({ ...server, stderr: 'pipe' })
  const client = new Client({ name: 'test', version: '1' })
  const seen = { listChanges: 0, stderr: '' }
  transport.stderr?.on('data', chunk => {
    seen.stderr += chunk
  })
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    seen.listChanges++
  })
  await client.connect(transport)
  return {
    client,
    pid: transport.pid ?? 0,
    /** What the server has said beside its answers. */
    seen,
    /** Calls a tool; `text` is all its text blocks, one after the other. */
    async tool(name: string, args: Record<string, unknown> = {}, options: RequestOptions = {}) {
      const result = await client.callTool({ name, arguments: args }, CallToolResultSchema, options)
      // With that schema it is nothing else; the SDK's own type is wider.
      const { content, ...rest } = result as CallToolResult
      const text = content.map(block => (block.type === 'text' ? block.text : '')).join('\n')
      return { ...rest, content, text }
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}

export type McpConnection = Awaited<ReturnType<typeof connectMcp>>
