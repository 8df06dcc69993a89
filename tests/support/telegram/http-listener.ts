import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Counts } from './counts.ts'

/** How a request ends. */
export type Reply =
  | { readonly status: number; readonly body: string | Uint8Array; readonly type?: string }
  /** It is never answered. */
  | 'silence'
  /** Its connection breaks. */
  | 'cut'

/** @param gone aborts when the client is no longer there */
export type Answer = (request: IncomingMessage, gone: AbortSignal) => Promise<Reply>

/** An HTTP server on loopback whose network can go away and come back, on one port. */
export class HttpListener {
  readonly #answer: Answer
  readonly #counts: Counts
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null
  #port = 0

  constructor(answer: Answer, counts: Counts) {
    this.#answer = answer
    this.#counts = counts
  }

  get port(): number {
    return this.#port
  }

  async open(): Promise<void> {
    if (this.#server) return
    const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
      void this.#serve(request, response)
    })
    server.on('connection', socket => this.#keep(socket))
    this.#server = server
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port // it listens on TCP
  }

  /** Refuses connections and breaks those that there are. */
  async close(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = null
    server.close()
    this.cutAll()
    await once(server, 'close')
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    this.#counts.connections += 1
    this.#counts.connected += 1
    // a client that went away in the middle is no fault of the server
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#counts.connections -= 1
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const reply = await this.#answer(request, gone.signal).catch(broken)
    if (reply === 'cut') request.socket.destroy()
    if (typeof reply === 'string' || gone.signal.aborted) return
    response.writeHead(reply.status, { 'content-type': reply.type ?? 'application/json' })
    response.end(reply.body)
  }
}

function broken(error: unknown): Reply {
  return { status: 500, body: JSON.stringify({ ok: false, error_code: 500, description: String(error) }) }
}
