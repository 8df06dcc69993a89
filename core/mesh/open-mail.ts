import type { Clock } from '../clock.ts'
import { type Correspondent, type EnvelopeHeader, type Envelopes, readHeader } from './envelope.ts'
import type { MailFault } from './mail-faults.ts'
import type { ProtocolRange } from './messages.ts'
import type { Peers } from './peers.ts'

/** Mail that its sender sealed for this computer. */
export interface OpenedMail {
  readonly header: EnvelopeHeader
  readonly body: unknown
}

/** Why mail is not taken in. */
export interface MailProblem {
  readonly fault: MailFault
  /** For the log and the dead letters: nothing of the mail itself, nor of this computer. */
  readonly detail: string
  /** For the log alone. */
  readonly error?: unknown
  /** It came too late because nobody was here to read it: nobody needs to look into that. */
  readonly isOrdinary?: boolean
}

export interface MailOpenerParts {
  /** The name of this computer. */
  readonly self: string
  readonly protocol: ProtocolRange
  readonly maxMessageBytes: number
  readonly envelopes: Pick<Envelopes, 'open'>
  readonly peers: Pick<Peers, 'find' | 'sender'>
  /** Looks who is there, unless that was done within `maxAgeMs`. Never rejects. */
  readonly refresh: (maxAgeMs: number) => Promise<void>
  readonly clock: Clock
}

export type MailOpener = (bytes: Uint8Array | null) => Promise<OpenedMail | MailProblem>

/** Mail of senders that nobody knows has the others looked for at most so often. */
const LOOK_EVERY_MS = 1000

/** Proves who sealed a mail, and for whom. */
export function createMailOpener(parts: MailOpenerParts): MailOpener {
  const { self, protocol, maxMessageBytes, envelopes, peers, clock } = parts
  let lookedAt = Number.NEGATIVE_INFINITY

  const look = async (): Promise<void> => {
    const now = clock.monotonic()
    if (now - lookedAt < LOOK_EVERY_MS) return
    lookedAt = now
    await parts.refresh(0)
  }
  const senderOf = async ({ from, secret }: EnvelopeHeader): Promise<Correspondent | null> => {
    const known = peers.sender(from, secret)
    if (known) return known
    await look()
    return peers.sender(from, secret)
  }
  return async bytes => {
    if (bytes === null) return { fault: 'unreadable', detail: 'not a message' }
    if (bytes.length > maxMessageBytes) return { fault: 'unreadable', detail: `${bytes.length} bytes` }
    const header = readHeader(bytes)
    if (!header) return { fault: 'unreadable', detail: 'not an envelope' }
    if (header.to !== self) return { fault: 'wrong_recipient', detail: 'it is for another computer' }
    if (header.v < protocol.min || header.v > protocol.max)
      return {
        fault: 'wrong_version',
        detail: `the protocol is spoken from version ${protocol.min} to ${protocol.max} here`,
      }
    const sender = await senderOf(header)
    if (!sender)
      return peers.find(header.from)
        ? { fault: 'unknown_secret', detail: 'sealed under a secret, or by a key, that is not known here' }
        : { fault: 'unknown_sender', detail: 'nobody of that name is known' }
    const body = envelopes.open(bytes, header, sender)
    if (body === null || body === undefined)
      return { fault: 'forged', detail: 'not sealed for this computer by the key that is pinned' }
    return { header, body }
  }
}
