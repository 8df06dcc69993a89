import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js'
import type { Computer } from './computer.ts'
import { tell } from './narration.ts'

interface CallOptions<T> {
  /** What of the result is told; by default all of it. */
  readonly shows?: readonly (keyof T)[] | ((result: T) => unknown)
  /** Takes the output as it comes. */
  readonly onText?: (text: string) => void
}

/** A real MCP client, connected to one computer as Claude Code would be. */
export class Agent {
  readonly #client: Client

  private constructor(client: Client) {
    this.#client = client
  }

  static async connect(computer: Computer): Promise<Agent> {
    const client = new Client({ name: 'demo-agent', version: '1' })
    await client.connect(new StdioClientTransport(computer.mcpServer))
    await client.listTools() // so that results are checked against what the tools promise
    return new Agent(client)
  }

  /** Calls a tool, tells what it is asked and what it answers, and returns that; throws what the tool refuses. */
  async call<T>(tool: string, args: object = {}, options: CallOptions<T> = {}): Promise<T> {
    const { shows, onText } = options
    tell(`→ teleclaude__${tool} ${JSON.stringify(args)}`)
    const result = await this.#client.callTool(
      { name: `teleclaude__${tool}`, arguments: { ...args } },
      CallToolResultSchema,
      onText ? { onprogress: ({ message }) => message && heard(message, onText) } : {},
    )
    if (result.isError) throw new Error(`${tool}: ${JSON.stringify(result.content)}`)
    // The tool's output schema, which the SDK has checked it against, is the type that the caller names.
    const answer = result.structuredContent as T
    tell(
      `← ${JSON.stringify(typeof shows === 'function' ? shows(answer) : answer, Array.isArray(shows) ? shows : null)}`,
    )
    return answer
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

function heard(text: string, onText: (text: string) => void): void {
  tell(`… ${text}`)
  onText(text)
}
