import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { asTeleclaudeError, isTeleclaudeError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Intake, Mail } from '../transport.ts'
import type { AnswerBox } from './answer-box.ts'
import type { EnvelopeHeader, EnvelopeKind } from './envelope.ts'
import { createMailFaults, type MailFault } from './mail-faults.ts'
import type { MailboxPosition } from './mailbox-position.ts'
import {
  ANSWER_MS,
  type EventBody,
  eventBody,
  MAX_SKEW_MS,
  type RequestBody,
  type ResponseBody,
  requestBody,
  responseBody,
  watchedBody,
} from './messages.ts'
import { createMailOpener, type MailOpenerParts, type MailProblem, type OpenedMail } from './open-mail.ts'
import type { OutgoingRequests } from './outgoing-requests.ts'
import type { Outlets } from './outlets.ts'
import type { RemoteSessions } from './remote-sessions.ts'
import { clocksDiffer, notTheProtocol, peerRevoked } from './responses.ts'
import type { ServedRequests } from './served-requests.ts'
import { twice } from './twice.ts'

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
  /** Told what a revoked computer has asked. */
  readonly refused: (header: EnvelopeHeader, body: RequestBody) => void
}

/** Takes in a body. */
type Handler = (header: EnvelopeHeader, body: unknown, position: string) => MailProblem | null

type Refuse = (header: EnvelopeHeader, body: ResponseBody) => void

/** A flood of requests that are refused must not keep answers from going out. */
const MAX_ON_THE_WAY_TO_REFUSE = 100

export function createMeshIntake(parts: MeshIntakeParts): MeshIntake {
  const { self, clock, log, mailbox, answers, peers } = parts
  const open = createMailOpener(parts)
  const faults = createMailFaults({ clock, log })

  const refuse: Refuse = (header, body) => {
    if (header.kind !== 'request' || answers.counts().on_the_way >= MAX_ON_THE_WAY_TO_REFUSE) return
    void answers.post(header, body)
  }
  const handlers = handlersOf(parts, refuse)
  const deal = ({ header, body }: OpenedMail, { position, hasWaited = false }: Mail): MailProblem | null => {
    const untimely = whyUntimely(header, clock)
    if (peers.find(header.from)?.status === 'revoked') {
      const asked = header.kind === 'request' && untimely === null && requestBody.safeParse(body).data
      if (asked) parts.refused(header, asked)
      refuse(header, peerRevoked(self, header.from))
      return { fault: 'refused', detail: 'its sender was revoked' }
    }
    if (untimely !== null) {
      refuse(header, clocksDiffer(self, header.from, header.at - clock.now()))
      return { fault: 'expired', detail: untimely, isOrdinary: hasWaited && isLate(header, clock) }
    }
    const problem = handlers[header.kind](header, body, position)
    if (problem?.fault === 'malformed') refuse(header, notTheProtocol(self, problem.detail))
    else parts.heard(header)
    return problem
  }
  /** Whatever is wrong with a mail, it does not hold up what is behind it: nothing passes between two tries. */
  const problemOf = async (mail: Mail): Promise<MailProblem | null> => {
    try {
      const opened = await open(mail.bytes)
      return 'fault' in opened ? opened : twice(() => deal(opened, mail))
    } catch (error) {
      return { fault: 'failed', detail: asTeleclaudeError(error).code, error }
    }
  }
  return {
    get position() {
      return mailbox.value
    },
    async take(mail) {
      const problem = await problemOf(mail)
      if (mailbox.value !== mail.position) mailbox.note(mail.position)
      if (problem === null) return null
      faults.count(problem.fault, problem.detail, problem.error)
      return problem.isOrdinary ? null : `${problem.fault}: ${problem.detail}`
    },
    lost: what => faults.count('lost', what),
    counts: faults.counts,
  }
}

function handlersOf(parts: MeshIntakeParts, refuse: Refuse): Readonly<Record<EnvelopeKind, Handler>> {
  const { served, outgoing, sessions, outlets } = parts
  return {
    request: handler(requestBody, (header, body, position) => {
      const refusal = served.take(header, body, position)
      if (refusal?.answer) refuse(header, refusal.answer)
      return refusal && { fault: 'unrecorded', detail: refusal.reason }
    }),
    response: listener(responseBody, outgoing.answered),
    cancel: listener(z.unknown(), ({ from, id }) => served.cancel(from, id)),
    event: handler(eventBody, ({ from }, event) => hear(sessions, from, event)),
    renew: listener(watchedBody, ({ from }, body) => outlets.renew(from, body.sessions)),
    release: listener(watchedBody, ({ from }, body) => outlets.release(from, body.sessions)),
  }
}

function hear(sessions: MeshIntakeParts['sessions'], from: string, event: EventBody): MailProblem | null {
  try {
    if (event.type === 'session') sessions.told(from, event.session)
    else sessions.noticed(from, event.session_id, event.entry)
    return null
  } catch (error) {
    if (isTeleclaudeError(error, 'TC_ERR_PROTOCOL')) return malformed('event')
    throw error
  }
}

function handler<Schema extends z.ZodType>(
  schema: Schema,
  hand: (header: EnvelopeHeader, body: z.output<Schema>, position: string) => MailProblem | null,
): Handler {
  return (header, body, position) => {
    const parsed = schema.safeParse(body)
    if (!parsed.success) return malformed(header.kind)
    return hand(header, parsed.data, position)
  }
}

/** For what is taken in whenever it is as it should be. */
function listener<Schema extends z.ZodType>(
  schema: Schema,
  tell: (header: EnvelopeHeader, body: z.output<Schema>) => void,
): Handler {
  return handler(schema, (header, body) => {
    tell(header, body)
    return null
  })
}

function malformed(kind: EnvelopeKind): MailProblem {
  return { fault: 'malformed', detail: `not the body of a ${kind}` }
}

/**
 * Ids are remembered for as long as this lets through what could be a repetition. An answer proves by its id that it is
 * one to a request that still waits, whatever the clocks say: it may be the one that tells that they differ.
 */
function whyUntimely(header: EnvelopeHeader, clock: Clock): string | null {
  const { kind, at, notAfter } = header
  if (kind === 'response') return null
  const now = clock.now()
  if (isLate(header, clock))
    return `by this computer's clock it came ${seconds(now - notAfter)} s after it had expired`
  const early = Math.max(at, notAfter - ANSWER_MS) - now - MAX_SKEW_MS
  if (early > 0) return `by this computer's clock it was made in ${seconds(early + MAX_SKEW_MS)} s from now`
  return null
}

function isLate({ notAfter }: EnvelopeHeader, clock: Clock): boolean {
  return clock.now() > notAfter + MAX_SKEW_MS
}

function seconds(ms: number): number {
  return Math.round(ms / 1000)
}
