/** Far above what the daemon takes: what fits is answered, if with an error; a longer line is skipped, whatever it is. */
const MAX_LINE_BYTES = 32 * 1024 * 1024
const NEWLINE = 0x0a

export interface LineHandlers {
  onLine(line: string): void
  /** Of a line that is too long only its length is known. */
  onTooLong(bytes: number): void
}

/** Messages as MCP carries them over stdio: one line each. Ends when its input ends or its output breaks. */
export class LineStream {
  /** Settles when it has ended, or was {@link close}d. */
  readonly ended: Promise<void>
  readonly #input: NodeJS.ReadableStream
  readonly #output: NodeJS.WritableStream
  readonly #handlers: LineHandlers
  readonly #end: () => void
  #drained: PromiseWithResolvers<void> | null = null
  #isOpen = true
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, handlers: LineHandlers) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#input = input
    this.#output = output
    this.#handlers = handlers
    this.ended = promise
    this.#end = resolve
    input.on('data', this.#onData)
    for (const event of ['end', 'error']) input.on(event, () => this.close())
    output.on('error', () => this.close())
    output.on('drain', () => this.#onDrain())
  }

  /** Settles when the other side can take more. */
  send(message: object): Promise<void> {
    if (!this.#isOpen || this.#output.write(`${JSON.stringify(message)}\n`)) return Promise.resolve()
    this.#drained ??= Promise.withResolvers()
    return this.#drained.promise
  }

  close(): void {
    this.#isOpen = false
    this.#input.off('data', this.#onData)
    this.#input.pause()
    this.#onDrain()
    this.#end()
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
    if (bytes > MAX_LINE_BYTES) this.#handlers.onTooLong(bytes)
    else if (line !== '') this.#handlers.onLine(line)
  }
}
