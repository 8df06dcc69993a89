import { type ErrorCode, TeleclaudeError } from '../errors.ts'
import { ANSWER_MS } from './messages.ts'
import type { Question } from './waiting-requests.ts'

/** What becomes of a request that got no answer, said so that whoever asked knows whether it may be asked again. */
const MAY_BE_DONE = 'it may have been done, or may still be: look at the sessions there before you ask again.'

/** @param dropped why it was dropped from the mailbox unread, if that is known */
export function unanswered(
  { computer, body, isIdempotent }: Question,
  dropped: string | null,
): TeleclaudeError {
  const advice = isIdempotent ? 'nothing is lost by asking again.' : MAY_BE_DONE
  const cause = dropped
    ? `It is busy or away, and the request was dropped from its mailbox before it was read: ${dropped}. It was sent again since;`
    : 'It is busy or away, or the request or its answer was lost on the way;'
  return new TeleclaudeError(
    'TC_ERR_TIMEOUT',
    `'${computer}' did not answer ${body.operation} within ${ANSWER_MS / 1000} s. ${cause} ${advice}`,
    { retryable: isIdempotent },
  )
}

export function cancelled({ computer, body }: Question): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_CANCELLED', `${body.operation} on '${computer}' was cancelled.`)
}

export function closing(question: Question): TeleclaudeError {
  const { computer, body } = question
  return new TeleclaudeError(
    'TC_ERR_CANCELLED',
    `this computer's daemon stops, and does not wait for the answer of '${computer}' to ${body.operation}${consequence(question)}`,
  )
}

/** A request that was sent can no longer be answered. */
export function failedWhileWaiting(question: Question, code: ErrorCode, reason: string): TeleclaudeError {
  return new TeleclaudeError(
    code,
    `${reason} ${question.body.operation} had been sent${consequence(question)}`,
    {
      retryable: false,
    },
  )
}

export function keyReplaced(computer: string): string {
  return `the key of '${computer}' was replaced while it was to answer.`
}

export function carrierDown(problem: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_TRANSPORT',
    `other computers cannot be reached; nothing was sent: ${problem}`,
  )
}

export function tooMany(computer: string, most: number): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_BUSY',
    `${most} requests wait for answers of '${computer}', and no more may. Nothing was sent; wait for some to be answered.`,
  )
}

export function requestTooLarge(
  { computer, body }: Question,
  bytes: number,
  maxBytes: number,
): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_MESSAGE_TOO_LARGE',
    `${body.operation} for '${computer}' has ${bytes} bytes and only ${maxBytes} can be carried. Nothing was sent; send less at a time.`,
  )
}

function consequence({ isIdempotent }: Question): string {
  return isIdempotent ? '.' : `: ${MAY_BE_DONE}`
}
