import {
  type CarrierState,
  type Clock,
  type EntrySink,
  type Intake,
  type PluginContext,
  type SessionId,
  TeleclaudeError,
  type Transport,
} from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import { createDeadLetters } from './dead-letters.ts'
import type { Keys } from './keys.ts'
import { createMailboxes } from './mailbox.ts'
import { createMailboxIntake } from './mailbox-intake.ts'
import { createMailboxTrim, type MailboxTrim } from './mailbox-trim.ts'
import type { RedisOptions } from './options.ts'
import { createReader } from './reader.ts'
import { createStreams } from './streams.ts'
import { createStreamSource } from './streams-read.ts'
import { createSweep } from './sweep.ts'
import { createCounts } from './transport-counts.ts'
import { createTransportLog } from './transport-log.ts'

/** What the transport needs of the plugin around it. */
export interface TransportParts {
  /** The name of this computer. */
  readonly computer: string
  readonly clock: Clock
  readonly log: PluginContext['log']
}

/** The transport over Redis. */
export interface RedisTransport extends Transport {
  /** Ends what is under way and removes what would be left of this computer, but for its mailbox and dead letters. Never rejects. */
  close(): Promise<void>
}

/** Fits what one message may have to hold, with room to spare; and Redis with several of them at a time. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

/** Carries sealed bytes over Redis: a stream for each mailbox, and one for each session that is watched. */
export function createRedisTransport(
  link: RedisLink,
  keys: Keys,
  options: RedisOptions,
  { computer, clock, log: pluginLog }: TransportParts,
): RedisTransport {
  const log = createTransportLog(pluginLog, clock)
  const counts = createCounts()
  const isOneSlot = options.cluster === undefined || /\{[^}]+\}/.test(keys.prefix)
  const reader = createReader({ link, clock, log, counts, wakeKey: keys.wake(computer), isOneSlot })
  const mailboxes = createMailboxes({ link, keys, options, counts })
  const streams = createStreams({ link, keys, options, clock, counts })
  const sweep = createSweep({ link, keys, options, clock, log, counts })
  const closing = new AbortController()
  const read = new Map<SessionId, Disposable>()
  let trim: MailboxTrim | null = null

  function receive(intake: Intake): Disposable {
    const ended = new AbortController()
    const signal = AbortSignal.any([ended.signal, closing.signal])
    const key = keys.messages(computer)
    trim ??= createMailboxTrim(link, key, keys.read(computer), clock)
    const deadLetters = createDeadLetters({
      link,
      key: keys.dead(computer),
      length: options.deadLength,
      clock,
      log,
    })
    const maxMessageBytes = MAX_MESSAGE_BYTES
    const source = createMailboxIntake({
      link,
      key,
      intake,
      deadLetters,
      trim,
      clock,
      counts,
      log,
      maxMessageBytes,
      signal,
    })
    const reading = reader.read(source)
    return {
      [Symbol.dispose]() {
        ended.abort()
        reading[Symbol.dispose]()
      },
    }
  }

  function readStream(session: SessionId, afterSeq: number, sink: EntrySink): Disposable {
    read.get(session)?.[Symbol.dispose]()
    const source = createStreamSource({ key: keys.output(session), afterSeq, sink, clock, log, counts })
    const reading = reader.read(source)
    const subscription = {
      [Symbol.dispose]() {
        reading[Symbol.dispose]()
        if (read.get(session) === subscription) read.delete(session)
      },
    }
    read.set(session, subscription)
    return subscription
  }

  return {
    type: 'redis',
    get state(): CarrierState {
      return link.state
    },
    onState: listener => link.onState(listener),
    maxMessageBytes: MAX_MESSAGE_BYTES,
    async send(to, message) {
      refuseOversize(message)
      reader.attend()
      return await mailboxes.send(to, message)
    },
    whyDropped: mailboxes.whyDropped,
    receive,
    async append(session, entries) {
      for (const { bytes } of entries) refuseOversize(bytes)
      reader.attend()
      await streams.append(session, entries)
    },
    removeStream: streams.remove,
    readStream,
    channel: session => ({ stream: keys.output(session) }),
    counts: () => ({ ...counts }),
    async close() {
      closing.abort()
      sweep.close()
      await Promise.all([reader.close(), streams.close(), trim?.close()])
    },
  }
}

function refuseOversize(bytes: Uint8Array): void {
  if (bytes.byteLength <= MAX_MESSAGE_BYTES) return
  throw new TeleclaudeError(
    'TC_ERR_MESSAGE_TOO_LARGE',
    `a message of ${bytes.byteLength} bytes is too large for another computer's mailbox: the most is ${MAX_MESSAGE_BYTES}. Ask for less at once.`,
    { plugin: 'redis' },
  )
}
