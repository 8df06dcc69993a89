import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { ErrorCode, type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js'

/** Three times the largest message that is worth sending; a longer line is skipped, whatever it is. */
const MAX_LINE_BYTES = 32 * 1024 * 1024
const NEWLINE = 0x0a

/**
 * One JSON-RPC message per line. Unlike the SDK's own transport it outlives a line that is too long, does not copy
 * what it has at every chunk, ends when its input ends, and answers a request that is malformed but has an id.
 */
export class LineTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage) => void

  readonly #input: NodeJS.ReadableStream
  readonly #output: NodeJS.WritableStream
  readonly #maxLineBytes: number
  #chunks: Buffer[] = []
  #bytes = 0
  #isOpen = true

  constructor(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, maxLineBytes = MAX_LINE_BYTES) {
    this.#input = input
    this.#output = output
    this.#maxLineBytes = maxLineBytes
  }

  async start(): Promise<void> {
    this.#input.on('data', this.#onData)
    this.#input.on('end', this.#onEnd)
    this.#input.on('error', this.#onEnd)
    this.#output.on('error', this.#onEnd)
  }

  /** Settles when the client can take more. */
  send(message: JSONRPCMessage): Promise<void> {
    if (!this.#isOpen || this.#output.write(`${JSON.stringify(message)}\n`)) return Promise.resolve()
    return new Promise(resolve => {
      const settle = () => {
        this.#output.off('drain', settle)
        this.#output.off('close', settle)
        resolve()
      }
      this.#output.on('drain', settle)
      this.#output.on('close', settle)
    })
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#input.off('data', this.#onData)
    this.#input.off('end', this.#onEnd)
    this.#input.pause()
    this.#chunks = []
    this.onclose?.()
  }

  readonly #onEnd = (): void => void this.close()

  readonly #onData = (chunk: Buffer): void => {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end))
      this.#endLine()
      from = end + 1
    }
    this.#keep(chunk.subarray(from))
  }

  /** Of a line that is too long only the count goes on. */
  #keep(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > this.#maxLineBytes) this.#chunks = []
    else if (part.length > 0) this.#chunks.push(part)
  }

  #endLine(): void {
    const bytes = this.#bytes
    const line = Buffer.concat(this.#chunks).toString('utf8').trim()
    this.#chunks = []
    this.#bytes = 0
    if (bytes > this.#maxLineBytes) this.onerror?.(new Error(`skipped a message of ${bytes} bytes: too long`))
    else if (line !== '') this.#take(line)
  }

  #take(line: string): void {
    const value = parseJson(line)
    if (value === undefined) {
      this.onerror?.(new Error(`skipped a line of ${line.length} characters that is not JSON`))
      return
    }
    const message = JSONRPCMessageSchema.safeParse(value)
    if (message.success) this.onmessage?.(message.data)
    else this.#refuse(Object(value).id)
  }

  #refuse(id: unknown): void {
    this.onerror?.(new Error('skipped a line that is not a JSON-RPC message'))
    if (typeof id !== 'string' && typeof id !== 'number') return
    const error = { code: ErrorCode.InvalidRequest, message: 'Not a valid JSON-RPC 2.0 message' }
    void this.send({ jsonrpc: '2.0', id, error })
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
