import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import {
  type CallToolResult,
  CallToolResultSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'

const serve = fileURLToPath(new URL('./serve.ts', import.meta.url))

/** How the server under test is started: the plugin by itself, with only what it needs around it. */
export function serverProcess(socketPath: string, argv: readonly string[] = []) {
  return {
    command: process.execPath,
    args: ['--conditions=teleclaude-source', '--no-warnings', serve, ...argv],
    env: { ...(process.env as Record<string, string>), TEST_SOCKET: socketPath },
  }
}

/** A fresh folder for a control socket. */
export function socketFolder() {
  const dir = mkdtempSync(join(tmpdir(), 'tc-'))
  return {
    socketPath: join(dir, 'control.sock'),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true }),
  }
}

/** A real MCP client connected over stdio; `listChanges` counts what it was told, `stderr` holds the server's log. */
export async function mcpClient(socketPath: string, argv: readonly string[] = []) {
  const transport = new StdioClientTransport({ ...serverProcess(socketPath, argv), stderr: 'pipe' })
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
    seen,
    /** Calls a tool; `text` is all text blocks, one per line. */
    async tool(
      name: string,
      args: Record<string, unknown> = {},
      options: Parameters<Client['request']>[2] = {},
    ) {
      // The schema says what it parses to; the SDK's return type is wider.
      const result = (await client.callTool(
        { name, arguments: args },
        CallToolResultSchema,
        options,
      )) as CallToolResult
      const text = result.content.map(block => (block.type === 'text' ? block.text : '')).join('\n')
      return { ...result, text }
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}
