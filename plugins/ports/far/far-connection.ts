import type { Socket } from 'node:net'
import { type Clock, messageOf, TeleclaudeError, type Timer } from '../../../core/index.ts'
import { PIECE_BYTES, type Piece } from '../piece.ts'
import { IncomingPieces } from './incoming-pieces.ts'
import { OutgoingPieces } from './outgoing-pieces.ts'

/** The near side asks at least every half minute; one that is silent for so long is gone. */
const LEASE_MS = 90_000
/** As long as a question may wait. */
const DRAIN_MS = 15_000
/** More than the near side sends before it hears whether there is room. */
const MAX_UNTAKEN_BYTES = 8 * PIECE_BYTES
const ROOM_EVENTS = ['drain', 'finish', 'close']

/** A connection to a port of this computer, in the hands of another one. */
export class FarConnection {
  /** Settles when nobody can ask for anything of it any more. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #outgoing: OutgoingPieces
  readonly #incoming: IncomingPieces
  readonly #over = Promise.withResolvers<void>()
  #lease: Timer
  #failure: Error | null = null
  #isClosed = false

  /** @param socket connected, paused, and open for writing when it has been read to its end */
  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket
    this.#clock = clock
    this.closed = this.#over.promise
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
      this.#failure ??= error
    })
    // What was read before both sides ended is still to be fetched.
    socket.on('close', () => this.#failure && this.#outgoing.close())
    socket.resume()
  }

  /** @throws TC_ERR_PORT when the connection broke */
  async receive(seq: number, through: number): Promise<Piece> {
    this.#renew()
    const asked = this.#outgoing.ask(seq, through)
    if (!this.#outgoing.isFull) this.#socket.resume()
    const piece = await asked
    if (piece.isLate) this.#checkWhole()
    return piece
  }

  /**
   * Settles with whether the program on the port has room for more, and of the last piece, whether the system has taken
   * everything for it; asking again with the same piece waits on.
   * @throws TC_ERR_PORT, TC_ERR_PROTOCOL
   */
  async send(seq: number, data: Buffer, end: boolean): Promise<boolean> {
    this.#renew()
    this.#checkWhole()
    if (this.#incoming.isNew(seq) && this.#socket.writableLength >= MAX_UNTAKEN_BYTES)
      throw new TeleclaudeError('TC_ERR_PROTOCOL', 'a piece was sent before there was room for it')
    this.#incoming.add(seq, { data, end })
    const isTaken = await this.#room(() =>
      end ? this.#socket.writableFinished : !this.#socket.writableNeedDrain,
    )
    this.#checkWhole()
    return isTaken
  }

  /** What is cut off must look to nobody as if it were whole. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#lease.cancel()
    if (this.#socket.readableEnded && this.#socket.writableFinished) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
    this.#outgoing.close()
    this.#over.resolve()
  }

  #room(isThere: () => boolean): Promise<boolean> {
    if (isThere()) return Promise.resolve(true)
    return new Promise(resolve => {
      const settle = (has: boolean) => {
        timer.cancel()
        for (const event of ROOM_EVENTS) this.#socket.off(event, look)
        resolve(has)
      }
      const look = () => {
        if (isThere() || this.#socket.destroyed) settle(true)
      }
      const timer = this.#clock.setTimeout(() => settle(false), DRAIN_MS)
      for (const event of ROOM_EVENTS) this.#socket.on(event, look)
    })
  }

  #renew(): void {
    if (this.#isClosed) return
    this.#lease.cancel()
    this.#lease = this.#clock.setTimeout(() => this.close(), LEASE_MS)
  }

  #checkWhole(): void {
    if (!this.#failure && !this.#isClosed) return
    const why = this.#failure ? messageOf(this.#failure) : 'it was closed'
    throw new TeleclaudeError('TC_ERR_PORT', `The connection to the port broke: ${why}.`)
  }
}
