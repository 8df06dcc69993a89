import type { Clock, Timer } from '../clock.ts'
import { isTeleclaudeError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Transport } from '../transport.ts'
import type { Envelopes } from './envelope.ts'
import { MAX_SKEW_MS, type ResponseBody } from './messages.ts'
import type { Peers } from './peers.ts'
import type { Asked } from './request-table.ts'
import { answerTooLarge } from './responses.ts'

/** The answers on their way to those who asked. They wait here while the carrier is down, a bounded number of them. */
export interface AnswerBox {
  /** Sends an answer. Never rejects: settles with whether the carrier has it; false when it was given up. */
  post(asked: Asked, body: ResponseBody): Promise<boolean>
  /** Whether the answer to a request is on its way. */
  has(from: string, id: string): boolean
  close(): void
  counts(): { readonly on_the_way: number; readonly given_up: number }
}

export interface AnswerBoxParts {
  readonly self: string
  readonly clock: Clock
  readonly log: Logger
  readonly transport: Pick<Transport, 'state' | 'onState' | 'send' | 'maxMessageBytes'>
  readonly envelopes: Pick<Envelopes, 'seal'>
  readonly peers: Pick<Peers, 'sender'>
}

interface Parcel {
  readonly asked: Asked
  readonly body: ResponseBody
  readonly bytes: number
  readonly settle: (isThere: boolean) => void
  isMoving: boolean
}

/** Ten computers may have a thousand requests each here at once. */
const MAX_PARCELS = 10_000
/** More than a slow carrier has under way, and little for a daemon to hold. */
const MAX_BYTES = 32 * 2 ** 20
/** For a connection that broke without the carrier being known as down. */
const RETRY_MS = 1000

export function createAnswerBox(parts: AnswerBoxParts): AnswerBox {
  const { clock, log, transport } = parts
  const parcels = new Map<string, Parcel>()
  let [bytes, givenUp, timer]: [number, number, Timer | null] = [0, 0, null]

  const remove = (key: string, parcel: Parcel, isThere: boolean) => {
    if (parcels.get(key) !== parcel) return
    parcels.delete(key)
    bytes -= parcel.bytes
    if (!isThere) givenUp += 1
    parcel.settle(isThere)
  }
  const move = async (key: string, parcel: Parcel, sealed: Uint8Array): Promise<void> => {
    parcel.isMoving = true
    try {
      const place = await transport.send(parcel.asked.from, sealed)
      parcel.isMoving = false
      if (place !== null) remove(key, parcel, true)
      else retryLater()
    } catch (error) {
      parcel.isMoving = false
      if (isTeleclaudeError(error, 'TC_ERR_TRANSPORT')) return retryLater()
      log.warn({ err: error, computer: parcel.asked.from }, 'an answer could not be sent')
      remove(key, parcel, false)
    }
  }
  const retry = () => {
    timer?.cancel()
    timer = null
    for (const [key, parcel] of parcels) {
      if (parcel.isMoving) continue
      const sealed = isOver(parcel.asked, clock.now()) ? null : sealAnswer(parts, parcel.asked, parcel.body)
      if (sealed === null) remove(key, parcel, false)
      else if (transport.state.up) void move(key, parcel, sealed)
      else retryLater()
    }
  }
  const retryLater = () => {
    timer ??= clock.setTimeout(retry, RETRY_MS, { ref: false })
  }
  /** Gives up the oldest that wait, until there is room. */
  const makeRoom = (needed: number): boolean => {
    const isFull = () => parcels.size >= MAX_PARCELS || bytes + needed > MAX_BYTES
    if (!isFull()) return true
    for (const [key, parcel] of parcels) {
      if (!parcel.isMoving) remove(key, parcel, false)
      if (!isFull()) return true
    }
    return false
  }
  const watching = transport.onState(state => {
    if (state.up) retry()
  })
  return {
    async post(asked, body) {
      const key = keyOf(asked.from, asked.id)
      if (parcels.has(key)) return false
      const sealed = sealAnswer(parts, asked, body)
      if (sealed === null || !makeRoom(sealed.length)) {
        givenUp += 1
        return false
      }
      return await new Promise<boolean>(settle => {
        const parcel = { asked, body, bytes: sealed.length, settle, isMoving: false }
        parcels.set(key, parcel)
        bytes += parcel.bytes
        if (transport.state.up) void move(key, parcel, sealed)
        else retryLater()
      })
    },
    has: (from, id) => parcels.has(keyOf(from, id)),
    close() {
      watching[Symbol.dispose]()
      timer?.cancel()
      for (const [key, parcel] of parcels) remove(key, parcel, false)
    },
    counts: () => ({ on_the_way: parcels.size, given_up: givenUp }),
  }
}

/**
 * Sealed at every attempt, because the answer's time tells its receiver how this computer's clock goes. Null where that
 * is no longer possible: the one who asked is not known any more, or the secret that it used.
 */
function sealAnswer(parts: AnswerBoxParts, asked: Asked, body: ResponseBody): Uint8Array | null {
  const { self, clock, log, envelopes, peers, transport } = parts
  // The one who asked may be offline, limited or revoked meanwhile: it is answered all the same.
  const to = peers.sender(asked.from, asked.secret)
  if (!to) return null
  const { v, id, notAfter } = asked
  const seal = (answer: ResponseBody) =>
    envelopes.seal(to, { v, kind: 'response', id, at: clock.now(), notAfter, body: answer })
  try {
    const sealed = seal(body)
    if (sealed.length <= transport.maxMessageBytes) return sealed
    return seal(answerTooLarge(self, sealed.length, transport.maxMessageBytes))
  } catch (error) {
    log.warn({ err: error, computer: asked.from }, 'an answer could not be sealed')
    return null
  }
}

function isOver({ notAfter }: Asked, now: number): boolean {
  return notAfter + MAX_SKEW_MS < now
}

function keyOf(from: string, id: string): string {
  return `${from} ${id}`
}
