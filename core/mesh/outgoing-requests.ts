import { type Clock, withDeadline } from '../clock.ts'
import {
  asTeleclaudeError,
  errorFromWire,
  isTeleclaudeError,
  TeleclaudeError,
  type WireError,
} from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Transport } from '../transport.ts'
import type { Correspondent, EnvelopeHeader, Envelopes } from './envelope.ts'
import { ANSWER_MS, type RequestBody, type ResponseBody } from './messages.ts'
import {
  cancelled,
  carrierDown,
  closing,
  failedWhileWaiting,
  keyReplaced,
  requestTooLarge,
  tooMany,
  unanswered,
} from './outgoing-problems.ts'
import type { Peers } from './peers.ts'
import { createWaitingRequests, type Question, type WaitingRequest } from './waiting-requests.ts'
import { newWireId } from './wire-id.ts'

export interface OutgoingOptions {
  /** Given by the caller, or made. */
  readonly requestId: string
  /** May be asked again under another id when nobody knows what became of it. */
  readonly idempotent: boolean
  readonly signal?: AbortSignal | undefined
}

/** The requests to other computers that wait for their answers. */
export interface OutgoingRequests {
  /**
   * Settles with the result. The request is sent again, under its id, whenever the carrier has returned and every few
   * seconds, which is safe: the receiver does it once.
   * @throws TC_ERR_TRANSPORT, TC_ERR_COMPUTER_UNKNOWN, TC_ERR_COMPUTER_OFFLINE, TC_ERR_PEER_REFUSED, TC_ERR_TIMEOUT,
   * TC_ERR_OUTCOME_UNKNOWN, TC_ERR_CANCELLED, TC_ERR_MESSAGE_TOO_LARGE, TC_ERR_BUSY, and whatever the operation throws there
   */
  request(computer: string, body: RequestBody, options: OutgoingOptions): Promise<unknown>
  /** A response has come. One that nobody waits for is counted and dropped. */
  answered(header: EnvelopeHeader, body: ResponseBody): void
  /** The carrier has returned. */
  resend(): void
  /** Fails everything that waits. */
  close(): void
  counts(): { readonly waiting: number; readonly late: number; readonly resent: number }
}

export interface OutgoingRequestsParts {
  readonly clock: Clock
  readonly log: Logger
  readonly transport: Pick<Transport, 'state' | 'send' | 'whyDropped' | 'maxMessageBytes'>
  readonly envelopes: Pick<Envelopes, 'seal'>
  readonly peers: Pick<Peers, 'correspondent' | 'find' | 'noteSkew'>
  /** Looks who is there, unless that was done within `maxAgeMs`. Never rejects. */
  readonly refresh: (maxAgeMs: number) => Promise<void>
}

/** More would only be waiting: operations never wait, and each is answered within milliseconds. */
const MAX_WAITING_PER_COMPUTER = 1000
/** A message that the carrier has lost without either end noticing costs so much time. */
const RESEND_MS = 5000
/** How often the carrier may have a request: once every 5 seconds, and as often again because it was away. */
const MAX_ARRIVALS = 2 * (ANSWER_MS / RESEND_MS)
/** How long the end of a request may be put off to learn what became of it. */
const LOOK_MS = 1000
/** Whoever asks for a computer that is not there gets it looked for once a second. */
const LOOK_AGAIN_MS = 1000

type Receiver = Correspondent & { readonly v: number }

export function createOutgoingRequests(parts: OutgoingRequestsParts): OutgoingRequests {
  const { clock, transport, peers } = parts
  const waiting = createWaitingRequests()
  let [late, resent, isClosed]: [number, number, boolean] = [0, 0, false]

  /** Asks once, under an id of its own. */
  const ask = async (question: Question, deadline: number): Promise<unknown> => {
    if (!transport.state.up) throw carrierDown(transport.state.problem)
    const receiver = await receiverOf(parts, question.computer)
    if (question.signal?.aborted) throw cancelled(question)
    if (isClosed) throw closing(question)
    if (waiting.of(question.computer) >= MAX_WAITING_PER_COMPUTER)
      throw tooMany(question.computer, MAX_WAITING_PER_COMPUTER)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const one = {
      ...waitingRequest(parts, question, deadline),
      publicKey: receiver.publicKey,
      resolve,
      reject,
    }
    waiting.add(one)
    const repetition = repeatedly(one)
    const onAbort = () => abandon(one)
    question.signal?.addEventListener('abort', onAbort, { once: true })
    void send(one, receiver)
    try {
      return await promise
    } finally {
      question.signal?.removeEventListener('abort', onAbort)
      repetition[Symbol.dispose]()
      waiting.remove(one)
    }
  }
  const send = async (one: WaitingRequest, receiver: Receiver): Promise<void> => {
    one.sends += 1
    try {
      const place = await transport.send(one.computer, sealRequest(parts, one, receiver))
      if (place !== null) one.arrivals += 1
      one.place ??= place
    } catch (error) {
      // Another attempt may be under way, or have arrived.
      if (one.sends === 1) one.reject(asTeleclaudeError(error))
    }
  }
  const sendAgain = (one: WaitingRequest): void => {
    if (!transport.state.up || one.arrivals >= MAX_ARRIVALS || clock.monotonic() >= one.deadline) return
    try {
      const receiver = peers.correspondent(one.computer)
      if (Buffer.compare(receiver.publicKey, one.publicKey) !== 0)
        throw new TeleclaudeError('TC_ERR_PEER_REFUSED', keyReplaced(one.computer))
      resent += 1
      void send(one, receiver)
    } catch (thrown) {
      const error = asTeleclaudeError(thrown)
      // It has the request already; when it is back it tells what became of it.
      if (error.code !== 'TC_ERR_COMPUTER_OFFLINE')
        one.reject(failedWhileWaiting(one, error.code, error.message))
    }
  }
  /** It may know another secret by now, or be gone: its heartbeat tells. */
  const lookAndSendAgain = async (one: WaitingRequest): Promise<void> => {
    await parts.refresh(RESEND_MS)
    if (waiting.find(one.id) === one) sendAgain(one)
  }
  const repeatedly = (one: WaitingRequest): Disposable => {
    const next = () => clock.setTimeout(due, Math.min(RESEND_MS, one.deadline - clock.monotonic()))
    const due = () => {
      if (clock.monotonic() >= one.deadline) void giveUp(parts, one)
      else {
        void lookAndSendAgain(one)
        timer = next()
      }
    }
    let timer = next()
    return { [Symbol.dispose]: () => timer.cancel() }
  }
  const abandon = (one: WaitingRequest): void => {
    waiting.remove(one)
    one.reject(cancelled(one))
    void sendCancel(parts, one)
  }
  return {
    async request(computer, body, { requestId, idempotent, signal }) {
      const question: Question = { computer, body, requestId, isIdempotent: idempotent, signal }
      const deadline = clock.monotonic() + ANSWER_MS
      try {
        return await ask(question, deadline)
      } catch (error) {
        if (!mayAskAgain(error, question) || clock.monotonic() >= deadline) throw error
        // It may have been because the computer has another daemon now, of which its heartbeat tells.
        await parts.refresh(0)
        return await ask(question, deadline)
      }
    },
    answered(header, body) {
      const one = waiting.find(header.id)
      if (!one || one.computer !== header.from) {
        late += 1
        return
      }
      waiting.remove(one)
      measureClock(parts, one, header.at)
      if (body.status === 'success') one.resolve(body.result)
      // A code that is not known here is seen to by errorFromWire.
      else one.reject(errorFromWire(body.error as WireError))
    },
    resend() {
      for (const one of waiting.all()) sendAgain(one)
    },
    close() {
      isClosed = true
      for (const one of waiting.all()) one.reject(closing(one))
    },
    counts: () => ({ waiting: waiting.size, late, resent }),
  }
}

/** How to write to a computer; one that seems not to be there is looked for first. */
async function receiverOf({ peers, refresh }: OutgoingRequestsParts, computer: string): Promise<Receiver> {
  try {
    return peers.correspondent(computer)
  } catch {
    await refresh(LOOK_AGAIN_MS)
    return peers.correspondent(computer)
  }
}

function waitingRequest({ clock, peers }: OutgoingRequestsParts, question: Question, deadline: number) {
  const boot = peers.find(question.computer)?.heartbeat?.boot
  const [askedAt, askedAtMonotonic] = [clock.now(), clock.monotonic()]
  return {
    ...question,
    body: boot === undefined ? question.body : { ...question.body, boot },
    id: newWireId(question.requestId),
    askedAt,
    askedAtMonotonic,
    notAfter: Math.round(askedAt + deadline - askedAtMonotonic),
    deadline,
    sends: 0,
    arrivals: 0,
    place: null,
  }
}

function sealRequest(parts: OutgoingRequestsParts, one: WaitingRequest, receiver: Receiver): Uint8Array {
  const { clock, envelopes, transport } = parts
  const { id, notAfter, body } = one
  const sealed = envelopes.seal(receiver, {
    v: receiver.v,
    kind: 'request',
    id,
    body,
    at: clock.now(),
    notAfter,
  })
  if (sealed.length <= transport.maxMessageBytes) return sealed
  throw requestTooLarge(one, sealed.length, transport.maxMessageBytes)
}

async function giveUp(parts: OutgoingRequestsParts, one: WaitingRequest): Promise<void> {
  one.reject(unanswered(one, await whyDropped(parts, one)))
}

/** Whoever gets no answer is not kept waiting for a carrier that does not answer either. */
async function whyDropped(
  { clock, transport, log }: OutgoingRequestsParts,
  { computer, place }: WaitingRequest,
): Promise<string | null> {
  if (place === null || !transport.state.up) return null
  try {
    return await withDeadline(clock, transport.whyDropped(computer, place), LOOK_MS, () =>
      carrierDown('it does not answer'),
    )
  } catch (err) {
    log.debug({ err, computer }, 'what became of a request in the mailbox could not be looked up')
    return null
  }
}

async function sendCancel(
  parts: OutgoingRequestsParts,
  { id, computer, notAfter }: WaitingRequest,
): Promise<void> {
  const { clock, envelopes, transport, peers, log } = parts
  try {
    const receiver = peers.correspondent(computer)
    const at = clock.now()
    const draft = { v: receiver.v, kind: 'cancel', id, body: {}, at, notAfter } as const
    await transport.send(computer, envelopes.seal(receiver, draft))
  } catch (err) {
    log.debug({ err, computer }, 'a computer could not be told that nobody waits for its answer any more')
  }
}

/** The answer was given some time between asking and now. */
function measureClock(
  { clock, peers }: OutgoingRequestsParts,
  one: WaitingRequest,
  answeredAt: number,
): void {
  const skewMs = answeredAt - (one.askedAt + clock.now()) / 2
  peers.noteSkew(one.computer, skewMs, clock.monotonic() - one.askedAtMonotonic)
}

/** Both computers have to know the operation as one that may be done twice. */
function mayAskAgain(error: unknown, { isIdempotent }: Question): boolean {
  return isIdempotent && isTeleclaudeError(error, 'TC_ERR_OUTCOME_UNKNOWN') && error.retryable
}
