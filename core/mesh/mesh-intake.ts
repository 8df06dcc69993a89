import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { isTeleclaudeError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Intake } from '../transport.ts'
import type { AnswerBox } from './answer-box.ts'
import type { EnvelopeHeader, EnvelopeKind } from './envelope.ts'
import { createMailFaults, type MailFault } from './mail-faults.ts'
import type { MailboxPosition } from './mailbox-position.ts'
import {
  ANSWER_MS,
  eventBody,
  MAX_SKEW_MS,
  type ResponseBody,
  requestBody,
  responseBody,
  watchedBody,
} from './messages.ts'
import { createMailOpener, type MailOpenerParts, type OpenedMail, type UnopenedMail } from './open-mail.ts'
import type { OutgoingRequests } from './outgoing-requests.ts'
import type { Outlets } from './outlets.ts'
import type { RemoteSessions } from './remote-sessions.ts'
import { clocksDiffer, notTheProtocol, peerRevoked } from './responses.ts'
import type { ServedRequests } from './served-requests.ts'

export type { MailFault } from './mail-faults.ts'

/** The intake of the mesh: opens what comes, checks it, and hands it on. */
export interface MeshIntake extends Intake {
  counts(): Readonly<Record<MailFault, number>>
}

export interface MeshIntakeParts extends MailOpenerParts {
  readonly log: Logger
  readonly mailbox: Pick<MailboxPosition, 'value' | 'note'>
  readonly answers: Pick<AnswerBox, 'post' | 'counts'>
  readonly served: Pick<ServedRequests, 'take' | 'cancel'>
  readonly outgoing: Pick<OutgoingRequests, 'answered'>
  readonly sessions: Pick<RemoteSessions, 'told' | 'noticed'>
  readonly outlets: Pick<Outlets, 'renew' | 'release'>
  /** Told of whatever was taken in. */
  readonly heard: (header: EnvelopeHeader) => void
}

/** Takes in a body; false if it is not what the protocol says. */
type Handler = (header: EnvelopeHeader, body: unknown, position: string) => boolean

/** A flood of requests that are refused must not keep answers from going out. */
const MAX_ON_THE_WAY_TO_REFUSE = 100

export function createMeshIntake(parts: MeshIntakeParts): MeshIntake {
  const { self, clock, log, mailbox, answers, peers } = parts
  const open = createMailOpener(parts)
  const handlers = handlersOf(parts)
  const faults = createMailFaults({ clock, log })

  const refuse = (header: EnvelopeHeader, body: ResponseBody): void => {
    if (header.kind !== 'request' || answers.counts().onTheWay >= MAX_ON_THE_WAY_TO_REFUSE) return
    void answers.post(header, body)
  }
  /** Null when it was taken in. @throws TC_ERR_STORE, TC_ERR_DISK_FULL, TC_ERR_BUSY: it can be, later */
  const deal = ({ header, body }: OpenedMail, position: string): UnopenedMail | null => {
    if (peers.find(header.from)?.status === 'revoked') {
      refuse(header, peerRevoked(self, header.from))
      return { fault: 'refused', detail: 'its sender was revoked' }
    }
    const untimely = whyUntimely(header, clock)
    if (untimely !== null) {
      refuse(header, clocksDiffer(self, header.from, header.at - clock.now()))
      return { fault: 'expired', detail: untimely }
    }
    if (handlers[header.kind](header, body, position)) {
      parts.heard(header)
      return null
    }
    refuse(header, notTheProtocol(self, `the body of a ${header.kind} is not as it should be`))
    return { fault: 'malformed', detail: `not the body of a ${header.kind}` }
  }
  return {
    get position() {
      return mailbox.value
    },
    async take({ bytes, position }) {
      const opened = await open(bytes)
      const problem = 'fault' in opened ? opened : deal(opened, position)
      if (mailbox.value !== position) mailbox.note(position)
      if (problem === null) return null
      faults.count(problem.fault, problem.detail)
      return `${problem.fault}: ${problem.detail}`
    },
    lost: what => faults.count('lost', what),
    counts: faults.counts,
  }
}

function handlersOf(parts: MeshIntakeParts): Readonly<Record<EnvelopeKind, Handler>> {
  const { served, outgoing, sessions, outlets } = parts
  return {
    request: handler(requestBody, (header, body, position) => served.take(header, body, position)),
    response: handler(responseBody, (header, body) => outgoing.answered(header, body)),
    cancel: handler(z.unknown(), ({ from, id }) => served.cancel(from, id)),
    event: orProtocolError(
      handler(eventBody, ({ from }, event) =>
        event.type === 'session'
          ? sessions.told(from, event.session)
          : sessions.noticed(from, event.session_id, event.entry),
      ),
    ),
    renew: handler(watchedBody, ({ from }, body) => outlets.renew(from, body.sessions)),
    release: handler(watchedBody, ({ from }, body) => outlets.release(from, body.sessions)),
  }
}

function handler<Schema extends z.ZodType>(
  schema: Schema,
  hand: (header: EnvelopeHeader, body: z.output<Schema>, position: string) => void,
): Handler {
  return (header, body, position) => {
    const parsed = schema.safeParse(body)
    if (!parsed.success) return false
    hand(header, parsed.data, position)
    return true
  }
}

function orProtocolError(handle: Handler): Handler {
  return (header, body, position) => {
    try {
      return handle(header, body, position)
    } catch (error) {
      if (isTeleclaudeError(error, 'TC_ERR_PROTOCOL')) return false
      throw error
    }
  }
}

/**
 * Ids are remembered for as long as this lets through what could be a repetition. An answer proves by its id that it is
 * one to a request that still waits, whatever the clocks say: it may be the one that tells that they differ.
 */
function whyUntimely({ kind, at, notAfter }: EnvelopeHeader, clock: Clock): string | null {
  if (kind === 'response') return null
  const now = clock.now()
  const late = now - notAfter - MAX_SKEW_MS
  if (late > 0)
    return `by this computer's clock it came ${seconds(late + MAX_SKEW_MS)} s after it had expired`
  const early = Math.max(at, notAfter - ANSWER_MS) - now - MAX_SKEW_MS
  if (early > 0) return `by this computer's clock it was made in ${seconds(early + MAX_SKEW_MS)} s from now`
  return null
}

function seconds(ms: number): number {
  return Math.round(ms / 1000)
}
