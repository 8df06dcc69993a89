import { messageOf, z } from '../../core/index.ts'

/** The error codes of JSON-RPC 2.0 §5.1. */
const CODES = { invalidRequest: -32600, methodNotFound: -32601, invalidParams: -32602, internal: -32603 }

const requestId = z.union([z.string(), z.number()])
export type RequestId = z.output<typeof requestId>

const message = z.object({
  jsonrpc: z.literal('2.0'),
  id: requestId.optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).default({}),
})

const cancelled = z.object({ requestId })

/** What a method is called with. Aborts when the client cancels the request or goes away. */
export type Method = (params: Record<string, unknown>, signal: AbortSignal) => Promise<object>

export interface JsonRpcParts {
  readonly methods: Readonly<Record<string, Method>>
  send(message: object): Promise<void>
  log(message: string): void
}

/** A request whose params are not what the method takes. */
export class InvalidParams extends Error {}

/**
 * The server's side of JSON-RPC: answers requests side by side, and lets them be cancelled as MCP does. A server that
 * offers tools and asks nothing needs no more; the MCP SDK's own server would add 4 MB to the process of every agent.
 */
export class JsonRpc {
  readonly #parts: JsonRpcParts
  readonly #running = new Map<RequestId, AbortController>()

  constructor(parts: JsonRpcParts) {
    this.#parts = parts
  }

  receive(line: string): void {
    const value = parseJson(line)
    if (value === undefined) this.#parts.log(`skipped a line of ${line.length} characters that is not JSON`)
    else this.#take(value)
  }

  notify(method: string, params?: object): Promise<void> {
    return this.#parts.send({ jsonrpc: '2.0', method, ...(params && { params }) })
  }

  /** The client has gone: nothing is answered any more. */
  close(): void {
    for (const controller of this.#running.values()) controller.abort()
  }

  #take(value: unknown): void {
    const { data } = message.safeParse(value)
    if (!data) this.#refuse(Object(value).id)
    // What has no method is an answer, and this side asks nothing.
    else if (data.method === undefined) return
    else if (data.id !== undefined) void this.#answer(data.id, data.method, data.params)
    else if (data.method === 'notifications/cancelled') this.#cancel(data.params)
  }

  /** Never rejects. */
  async #answer(id: RequestId, method: string, params: Record<string, unknown>): Promise<void> {
    const controller = new AbortController()
    this.#running.set(id, controller)
    const answer = await this.#run(method, params, controller.signal)
    if (this.#running.get(id) === controller) this.#running.delete(id)
    if (!controller.signal.aborted) await this.#parts.send({ jsonrpc: '2.0', id, ...answer })
  }

  async #run(method: string, params: Record<string, unknown>, signal: AbortSignal): Promise<object> {
    const { methods, log } = this.#parts
    const run = Object.hasOwn(methods, method) ? methods[method] : undefined
    if (!run) return failure(CODES.methodNotFound, `there is no method '${method.slice(0, 100)}'`)
    try {
      return { result: await run(params, signal) }
    } catch (error) {
      if (error instanceof InvalidParams) return failure(CODES.invalidParams, error.message)
      log(`${method} failed: ${messageOf(error)}`)
      return failure(CODES.internal, messageOf(error))
    }
  }

  #cancel(params: Record<string, unknown>): void {
    const { data } = cancelled.safeParse(params)
    if (data) this.#running.get(data.requestId)?.abort()
  }

  #refuse(id: unknown): void {
    this.#parts.log('skipped a line that is not a JSON-RPC 2.0 message')
    const { data } = requestId.safeParse(id)
    if (data === undefined) return
    void this.#parts.send({ jsonrpc: '2.0', id: data, ...failure(CODES.invalidRequest, 'not JSON-RPC 2.0') })
  }
}

function failure(code: number, message: string): object {
  return { error: { code, message } }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
