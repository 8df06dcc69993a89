import { type LineProcess, startLines } from './child-lines.ts'

/** A client of a stdio MCP server that does no more than the protocol demands, so that it costs next to nothing itself. */
export interface McpClient extends AsyncDisposable {
  readonly pid: number
  /** Calls a tool; settles with its result. */
  call(tool: string, input: object): Promise<McpResult>
}

export interface McpResult {
  readonly isError?: boolean
  readonly structuredContent?: Record<string, unknown>
  readonly content: readonly { readonly text?: string }[]
}

interface Answer {
  readonly id?: number
  readonly result?: McpResult
  readonly error?: unknown
}

export async function startMcp(
  file: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<McpClient> {
  const server = startLines(file, args, env)
  const request = requests(server)
  const clientInfo = { name: 'bench', version: '1' }
  await request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
  server.write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }))
  return {
    pid: server.pid,
    async call(name, input) {
      const result = await request('tools/call', { name, arguments: input })
      if (result.isError) throw new Error(`${name}: ${result.content[0]?.text}`)
      return result
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

function requests(server: LineProcess) {
  const waiting = new Map<number, PromiseWithResolvers<McpResult>>()
  let lastId = 0
  server.onLine(line => {
    const { id, result, error } = JSON.parse(line) as Answer
    if (id === undefined) return
    const asked = waiting.get(id)
    waiting.delete(id)
    if (result) asked?.resolve(result)
    else asked?.reject(new Error(JSON.stringify(error)))
  })
  return (method: string, params: object): Promise<McpResult> => {
    const id = ++lastId
    const asked = Promise.withResolvers<McpResult>()
    waiting.set(id, asked)
    server.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    return asked.promise
  }
}
