/** Stands in for servers that start a shell for each command: one tool that does just that. */
import { exec } from 'node:child_process'
import { promisify } from 'node:util'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'

const run = promisify(exec)
const server = new Server({ name: 'one-shot', version: '1' }, { capabilities: { tools: {} } })
server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
  const { stdout } = await run(String(params.arguments?.command))
  return { content: [{ type: 'text', text: stdout }] }
})
await server.connect(new StdioServerTransport())
