import { resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import type { TestDaemon } from './daemon.ts'
import { connectMcp } from './mcp-client.ts'

const BIN = resolve(import.meta.dirname, '../../bin/teleclaude')

/** What the tools for sessions have in common. */
export interface ToolResult {
  readonly session_id: string
  readonly output: string
  readonly cursor: string
  readonly complete: boolean
  readonly completed_by: string
  readonly exit_code: number | null
}

/** An agent of a computer: a real MCP client, over stdio, until the test ends. */
export async function agentOf(daemon: TestDaemon) {
  const mcp = await connectMcp({ command: BIN, args: ['mcp'], env: daemon.env, cwd: daemon.home })
  onTestFinished(() => mcp.client.close())
  const call = async (name: string, args: object = {}): Promise<ToolResult> => {
    const result = await mcp.tool(`teleclaude__${name}`, { ...args })
    if (result.isError) throw new Error(result.text)
    // The output schema of each tool says what it is.
    return result.structuredContent as unknown as ToolResult
  }
  return { ...mcp, call }
}
