import { AdapterError, ChannelGoneError, messageOf } from '../../../core/index.ts'
import { isFault } from '../api/fault.ts'

/** What keeps the bot out of the whole group is looked at again so often: somebody has to change it there. */
const ASK_AGAIN_MS = 60_000
/** A topic that is deleted twice within this time is not wanted. */
const RECREATE_MS = 600_000

/** What the pump of a session is to do about a fault. */
export function asAdapterError(error: unknown, recreatedAt: number | null, now: number): unknown {
  if (isFault(error, 'thread-gone')) {
    if (recreatedAt === null || now - recreatedAt > RECREATE_MS)
      return new ChannelGoneError('Its topic was deleted.', { cause: error })
    const message =
      'Its topic was deleted again soon after it was made anew. Restart the daemon to have another one.'
    return new AdapterError(message, { cause: error, retryable: false })
  }
  if (isFault(error, 'unauthorized', 'kicked', 'no-rights', 'chat-gone', 'no-method'))
    return new AdapterError(error.message, { cause: error, retryable: true, retryAfterMs: ASK_AGAIN_MS })
  if (isFault(error)) return new AdapterError(error.message, { cause: error, retryable: true })
  return error instanceof AdapterError
    ? error
    : new AdapterError(messageOf(error), { cause: error, retryable: true })
}
