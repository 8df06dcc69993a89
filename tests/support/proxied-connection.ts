import type { Socket } from 'node:net'
import { DelayLine, type LineState } from './delay-line.ts'

/** As much of what a client says first as tells who it is. */
const GREETING_BYTES = 1024

/** What a proxy does with all of its connections at present. */
export interface ProxyState extends LineState {
  /** The connection on which this many more bytes of replies have passed is to be cut there. */
  cut: { afterBytes: number; readonly done: () => void } | null
}

/** One connection of a client through the proxy. */
export class ProxiedConnection {
  readonly #client: Socket
  readonly #server: Socket
  readonly #state: ProxyState
  readonly #requests: DelayLine
  readonly #replies: DelayLine
  #greeting = Buffer.alloc(0)
  #isLost = false

  constructor(client: Socket, server: Socket, state: ProxyState, onClose: () => void) {
    this.#client = client
    this.#server = server
    this.#state = state
    this.#requests = new DelayLine(client, server, state, chunk => this.#request(chunk))
    this.#replies = new DelayLine(server, client, state, chunk => this.#reply(chunk))
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => {}) // the close that follows says it all
      socket.on('close', hadError => {
        if (!this.#isLost) this.#closed(socket, hadError)
        if (client.closed && server.closed) onClose()
      })
    }
  }

  /** What the client said first, as far as that is worth knowing. */
  get greeting(): string {
    return this.#greeting.toString('latin1')
  }

  /** Takes note of a changed state. */
  update(): void {
    this.#requests.update()
    this.#replies.update()
  }

  cut(): void {
    this.#requests.stop()
    this.#replies.stop()
    this.#client.destroy()
    this.#server.destroy()
  }

  /** Passes nothing any more, and tells neither side. */
  lose(): void {
    this.#isLost = true
    this.#requests.stop()
    this.#replies.stop()
  }

  /** What a side sent before it ended is still to reach the other; with a broken one, everything breaks. */
  #closed(socket: Socket, hadError: boolean): void {
    if (hadError || !socket.readableEnded) this.cut()
  }

  #request(chunk: Buffer | null): void {
    const missing = GREETING_BYTES - this.#greeting.length
    if (chunk && missing > 0) this.#greeting = Buffer.concat([this.#greeting, chunk.subarray(0, missing)])
    pass(this.#server, chunk)
  }

  #reply(chunk: Buffer | null): void {
    const { cut } = this.#state
    if (cut && chunk && chunk.length >= cut.afterBytes) {
      this.#cutAfter(chunk.subarray(0, cut.afterBytes), cut.done)
      return
    }
    if (cut && chunk) cut.afterBytes -= chunk.length
    pass(this.#client, chunk)
  }

  #cutAfter(chunk: Buffer, done: () => void): void {
    this.#state.cut = null
    this.#requests.stop()
    this.#replies.stop()
    this.#client.write(chunk, () => {
      this.cut()
      done()
    })
  }
}

/** @param chunk null for the end */
function pass(to: Socket, chunk: Buffer | null): void {
  if (to.destroyed) return
  if (chunk) to.write(chunk)
  else to.end()
}
