import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  ErrorCode,
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  RequestIdSchema,
} from '@modelcontextprotocol/sdk/types.js'

/** Far above what the daemon takes: what fits is answered, if with an error; a longer line is skipped, whatever it is. */
const MAX_LINE_BYTES = 32 * 1024 * 1024
const NEWLINE = 0x0a

/**
 * Messages as MCP carries them over stdio: one line each. The SDK's own transport for stdio keeps a line however long it
 * is, answers nothing to a request it cannot read, and does not notice that its input has ended; this one closes then,
 * and when its output breaks.
 */
export class LineTransport implements Transport {
  /** Settles when it has closed. */
  readonly closed: Promise<void>
  onmessage?: NonNullable<Transport['onmessage']>
  onerror?: NonNullable<Transport['onerror']>
  onclose?: NonNullable<Transport['onclose']>
  readonly #input: NodeJS.ReadableStream
  readonly #output: NodeJS.WritableStream
  readonly #settle: () => void
  #drained: PromiseWithResolvers<void> | null = null
  #isOpen = true
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(input: NodeJS.ReadableStream, output: NodeJS.WritableStream) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#input = input
    this.#output = output
    this.closed = promise
    this.#settle = resolve
  }

  async start(): Promise<void> {
    const close = () => void this.close()
    for (const event of ['end', 'error']) this.#input.on(event, close)
    this.#output.on('error', close)
    this.#output.on('drain', () => this.#onDrain())
    this.#input.on('data', this.#onData)
  }

  /** Settles when the other side can take more. */
  send(message: JSONRPCMessage): Promise<void> {
    if (!this.#isOpen || this.#output.write(`${JSON.stringify(message)}\n`)) return Promise.resolve()
    this.#drained ??= Promise.withResolvers()
    return this.#drained.promise
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#input.off('data', this.#onData)
    this.#input.pause()
    this.#onDrain()
    this.onclose?.()
    this.#settle()
  }

  #onDrain(): void {
    this.#drained?.resolve()
    this.#drained = null
  }

  readonly #onData = (chunk: Buffer): void => {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end))
      this.#endLine()
      from = end + 1
    }
    this.#keep(chunk.subarray(from))
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > MAX_LINE_BYTES) this.#chunks = []
    else if (part.length > 0) this.#chunks.push(part)
  }

  #endLine(): void {
    const bytes = this.#bytes
    const line = Buffer.concat(this.#chunks).toString('utf8').trim()
    this.#chunks = []
    this.#bytes = 0
    if (bytes > MAX_LINE_BYTES) this.#skip(`a message of ${bytes} bytes: too long`)
    else if (line !== '') this.#take(line)
  }

  #take(line: string): void {
    const value = parseJson(line)
    const message = JSONRPCMessageSchema.safeParse(value)
    if (message.success) this.onmessage?.(message.data)
    else if (value === undefined) this.#skip(`a line of ${line.length} characters that is not JSON`)
    else this.#refuse(Object(value).id)
  }

  /** Whoever gave an id waits for an answer. */
  #refuse(given: unknown): void {
    this.#skip('a line that is not a JSON-RPC 2.0 message')
    const id = RequestIdSchema.safeParse(given).data
    if (id === undefined) return
    const error = { code: ErrorCode.InvalidRequest, message: 'not JSON-RPC 2.0' }
    void this.send({ jsonrpc: '2.0', id, error })
  }

  #skip(what: string): void {
    this.onerror?.(new Error(`skipped ${what}`))
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
