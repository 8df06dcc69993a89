import { type Clock, messageOf } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import type { TransportLog } from './transport-log.ts'

/** Keeps what could never be taken in, with the reason, where an operator can look at it. */
export interface DeadLetters {
  /** Never rejects: what cannot be kept must not hold up what is behind it. */
  put(reason: string, bytes: Uint8Array | null): Promise<void>
}

/** Of a larger letter, the beginning says what it was. */
export const MAX_LETTER_BYTES = 64 * 1024
const MAX_REASON_LENGTH = 500
/** Of a computer that is gone for ever, nothing stays. */
const KEPT_SECONDS = 30 * 24 * 3600

export interface DeadLetterParts {
  readonly link: RedisLink
  /** The stream that they are put into. */
  readonly key: string
  /** How many are kept, about; older ones go. */
  readonly length: number
  readonly clock: Clock
  readonly log: TransportLog
}

export function createDeadLetters({ link, key, length, clock, log }: DeadLetterParts): DeadLetters {
  const write = async (reason: string, bytes: Uint8Array) => {
    const fields = ['reason', reason.slice(0, MAX_REASON_LENGTH), 'm', Buffer.from(bytes), 'at', clock.now()]
    await link.commands.xadd(key, 'MAXLEN', '~', length, '*', ...fields)
    await link.commands.expire(key, KEPT_SECONDS)
  }
  return {
    async put(reason, bytes) {
      log.often('dead', `mail was put among the dead letters, in the stream '${key}': ${reason}`)
      try {
        await write(reason, bytes?.subarray(0, MAX_LETTER_BYTES) ?? new Uint8Array())
      } catch (thrown) {
        log.often('dead_lost', `a dead letter could not be kept: ${messageOf(link.failed(thrown).error)}`)
      }
    },
  }
}
