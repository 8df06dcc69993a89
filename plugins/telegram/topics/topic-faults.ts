import { AdapterError, ChannelGoneError, messageOf } from '../../../core/index.ts'
import { isFault } from '../api/fault.ts'

/** What is said of what was sent, not of the topic or the bot. */
export const UNFIT = ['refused', 'too-long', 'bad-markup', 'no-method'] as const

/** What only people can mend is looked at again so often. */
export const ASK_AGAIN_MS = 60_000
/** A topic that is deleted twice within this time is not wanted. */
const RECREATE_MS = 600_000

/** What the pump of a session is to do about a fault. */
export function asAdapterError(error: unknown, recreatedAt: number | null, now: number): unknown {
  if (error instanceof AdapterError) return error
  if (isFault(error, 'thread-gone')) return topicGone(error, recreatedAt, now)
  // Once the server said so, it is not asked any more.
  if (!isFault(error)) return new AdapterError(messageOf(error), { cause: error, retryable: true })
  // What Telegram said is all that there is to know of it.
  const { message } = error
  if (error.kind === 'no-method') return new AdapterError(message, { retryable: false })
  const isForPeople = !error.retryable && error.kind !== 'migrated'
  return new AdapterError(message, {
    retryable: true,
    ...(isForPeople && { lookAgainMs: error.lookAgainMs ?? ASK_AGAIN_MS }),
  })
}

function topicGone(cause: unknown, recreatedAt: number | null, now: number): AdapterError {
  if (recreatedAt === null || now - recreatedAt > RECREATE_MS)
    return new ChannelGoneError('Its topic was deleted.', { cause })
  const message =
    'Its topic was deleted twice within ten minutes, so the session goes on without one. A restart of the daemon makes another, ten minutes after the first.'
  return new AdapterError(message, { cause, retryable: false })
}
