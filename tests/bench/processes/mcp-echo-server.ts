/** The least that an MCP server over stdio can do, on the protocol's own SDK: one tool that answers at once. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'

const server = new Server({ name: 'echo', version: '1' }, { capabilities: { tools: {} } })
server.setRequestHandler(CallToolRequestSchema, () => ({ content: [{ type: 'text', text: 'x' }] }))
await server.connect(new StdioServerTransport())
