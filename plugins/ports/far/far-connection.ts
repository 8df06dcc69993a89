import type { Socket } from 'node:net'
import { type Clock, messageOf, TeleclaudeError, type Timer } from '../../../core/index.ts'
import type { Piece } from '../piece.ts'
import { IncomingPieces } from './incoming-pieces.ts'
import { OutgoingPieces } from './outgoing-pieces.ts'

/** The near side asks at least every quarter of a minute; one that is silent for so long is gone. */
const LEASE_MS = 90_000
/** As long as a question may wait. */
const DRAIN_MS = 15_000

/** A connection to a port of this computer, in the hands of another one. */
export class FarConnection {
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #outgoing: OutgoingPieces
  readonly #incoming: IncomingPieces
  #lease: Timer
  #failure: Error | null = null

  /** @param socket connected, paused, and open for writing when it has been read to its end */
  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket
    this.#clock = clock
    this.#outgoing = new OutgoingPieces(clock)
    this.#incoming = new IncomingPieces(({ data, end }) => {
      if (data.length > 0) socket.write(data)
      if (end) socket.end()
    })
    this.#lease = clock.setTimeout(() => this.close(), LEASE_MS)
    socket.on('data', (data: Buffer) => {
      this.#outgoing.push(data)
      if (this.#outgoing.isFull) socket.pause()
    })
    socket.on('end', () => this.#outgoing.end())
    socket.on('error', error => {
      this.#failure = error
    })
    this.closed = new Promise(resolve => {
      socket.on('close', () => {
        this.#lease.cancel()
        this.#outgoing.close()
        resolve()
      })
    })
    socket.resume()
  }

  /** @throws TC_ERR_PORT when the connection broke */
  async receive(seq: number, through: number): Promise<Piece> {
    this.#renew()
    const asked = this.#outgoing.ask(seq, through)
    if (!this.#outgoing.isFull) this.#socket.resume()
    const piece = await asked
    if (piece.isLate && this.#socket.destroyed) throw this.#broken()
    return piece
  }

  /** Settles with whether the program on the port has room for more; asking again with the same piece waits on. */
  async send(seq: number, data: Buffer, end: boolean): Promise<boolean> {
    this.#renew()
    if (this.#socket.destroyed) throw this.#broken()
    this.#incoming.add(seq, { data, end })
    return this.#socket.writableNeedDrain ? await this.#drained() : true
  }

  close(): void {
    this.#socket.destroy()
  }

  #drained(): Promise<boolean> {
    return new Promise(resolve => {
      const done = (isDrained: boolean) => {
        timer.cancel()
        this.#socket.off('drain', onDrain)
        this.#socket.off('close', onDrain)
        resolve(isDrained)
      }
      const onDrain = () => done(true)
      const timer = this.#clock.setTimeout(() => done(false), DRAIN_MS)
      this.#socket.once('drain', onDrain)
      this.#socket.once('close', onDrain)
    })
  }

  #renew(): void {
    this.#lease.cancel()
    if (!this.#socket.destroyed) this.#lease = this.#clock.setTimeout(() => this.close(), LEASE_MS)
  }

  #broken(): TeleclaudeError {
    const why = this.#failure ? messageOf(this.#failure) : 'it was closed'
    return new TeleclaudeError('TC_ERR_PORT', `The connection to the port broke: ${why}.`)
  }
}
