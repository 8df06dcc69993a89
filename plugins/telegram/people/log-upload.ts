import { InputFile } from 'grammy'
import { TeleclaudeError } from '../../../core/index.ts'
import { isFault } from '../api/fault.ts'
import { uploadTimeoutMs } from '../api/upload-limits.ts'
import type { TelegramParts } from '../parts.ts'
import type { Place } from '../post.ts'
import type { UnnamedFile } from './unnamed-file.ts'

/** Of a file, from one place to before another. */
export interface Part {
  readonly from: number
  readonly to: number
}

/** As what, and where. */
export interface PartAddress {
  readonly place: Place
  readonly name: string
}

/**
 * Other logs wait meanwhile, so what has taken this many times as long as one try may is not tried again: that is passed in
 * the third try that is not answered, however exact the clock is.
 */
const MOST_TIMES = 2.5

/**
 * Settles when Telegram has the part. What it waits for, such as its turn or the return of the network, may take as long
 * as it likes; the tries themselves may not.
 * @throws TC_ERR_TIMEOUT where Telegram does not take it, TC_ERR_CANCELLED, TelegramFault
 */
export async function uploadPart(
  { post, ctx }: Pick<TelegramParts, 'post' | 'ctx'>,
  file: UnnamedFile,
  { from, to }: Part,
  { place, name }: PartAddress,
): Promise<void> {
  const { clock } = ctx
  const timeoutMs = uploadTimeoutMs(to - from)
  const givenUp = new AbortController()
  let beganAt = 0
  let triedMs = 0
  const where = { chat_id: place.chat, ...(place.topic !== null && { message_thread_id: place.topic }) }
  const payload = () => {
    beganAt = clock.monotonic()
    // It is read while it is sent, so each try begins to read anew.
    return { ...where, document: new InputFile(() => file.read(from, to), name) }
  }
  const onFailed = () => {
    triedMs += clock.monotonic() - beganAt
    if (triedMs >= MOST_TIMES * timeoutMs) givenUp.abort()
  }
  const signal = AbortSignal.any([ctx.signal, givenUp.signal])
  try {
    // It may take minutes, for which no other answer in the topic waits.
    const lane = `log of ${place.lane}`
    const options = { priority: 'reply', timeoutMs, signal, onFailed } as const
    await post.call({ ...place, lane }, 'sendDocument', payload, options)
  } catch (error) {
    const isUntaken = givenUp.signal.aborted || isFault(error, 'unavailable')
    throw isUntaken && !ctx.signal.aborted ? notTaken() : error
  }
}

function notTaken(): TeleclaudeError {
  const message =
    'The log could not be sent: Telegram did not take it, though it was tried several times. Ask again later.'
  return new TeleclaudeError('TC_ERR_TIMEOUT', message)
}
