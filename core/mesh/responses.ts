import { asTeleclaudeError, type ErrorCode, errorToWire, TeleclaudeError } from '../errors.ts'
import { MAX_SKEW_MS, type ResponseBody } from './messages.ts'

/** Within what the protocol allows of an error. */
const MAX_MESSAGE = 10_000
const MAX_NAME = 200

/** The answer to a request that failed. */
export function failure(thrown: unknown): ResponseBody {
  const { code, message, retryable, plugin, hook } = errorToWire(asTeleclaudeError(thrown))
  const error = {
    code,
    message: message.slice(0, MAX_MESSAGE),
    retryable,
    ...(plugin && { plugin: plugin.slice(0, MAX_NAME) }),
    ...(hook && { hook: hook.slice(0, MAX_NAME) }),
  }
  return { status: 'error', error }
}

/** What became of a request cannot be told; asking again is only safe where it is idempotent, and then says so. */
export function outcomeUnknown(
  self: string,
  { operation, isIdempotent }: { readonly operation: string; readonly isIdempotent: boolean },
): ResponseBody {
  const advice = isIdempotent
    ? 'Ask again.'
    : 'It may have been done, in part or in whole, or not: look at the sessions there before you ask again.'
  return failure(
    new TeleclaudeError(
      'TC_ERR_OUTCOME_UNKNOWN',
      `'${self}' does not know what became of ${operation}: its daemon ended meanwhile, or its answer is not kept any more. ${advice}`,
      { retryable: isIdempotent },
    ),
  )
}

export function tooManyAtOnce(self: string, from: string): ResponseBody {
  return failure(
    new TeleclaudeError(
      'TC_ERR_BUSY',
      `'${self}' already does as much for '${from}' as it does for one computer at once. Nothing was done; wait for what runs there.`,
    ),
  )
}

/** Without the words of the error: they name a file of this computer, and are for its log. */
export function notRecorded(self: string, code: ErrorCode): TeleclaudeError {
  const [problem, advice] =
    code === 'TC_ERR_DISK_FULL'
      ? ['has no room on its disk', 'Make room there']
      : ['cannot write to its database', 'See the log there']
  return new TeleclaudeError(
    code,
    `'${self}' ${problem} to write down what it is asked, and does nothing that it could not remember. Nothing was done. ${advice}, then ask again.`,
  )
}

/** @param from whose requests are too many, if they are not those of all together */
export function tooManyRemembered(self: string, from?: string): TeleclaudeError {
  const whose = from === undefined ? '' : ` of '${from}'`
  return new TeleclaudeError(
    'TC_ERR_BUSY',
    `'${self}' has taken in as many requests${whose} within the last minutes as it can remember. Nothing was done. Wait a minute, then ask again.`,
  )
}

export function refusedBefore(self: string, from: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_BUSY',
    `'${self}' could not write down what '${from}' asked a moment ago, and does nothing any more that was asked until then. Nothing was done. Ask again.`,
  )
}

export function answerTooLarge(self: string, bytes: number, maxBytes: number): ResponseBody {
  return failure(
    new TeleclaudeError(
      'TC_ERR_MESSAGE_TOO_LARGE',
      `'${self}' has done what it was asked, but its answer has ${bytes} bytes and only ${maxBytes} can be carried. Ask for less at a time.`,
    ),
  )
}

/** @param aheadMs how far the clock of the one who asked is ahead of this one's */
export function clocksDiffer(self: string, from: string, aheadMs: number): ResponseBody {
  const [seconds, bound] = [Math.round(Math.abs(aheadMs) / 1000), MAX_SKEW_MS / 1000]
  return failure(
    new TeleclaudeError(
      'TC_ERR_CLOCK_SKEW',
      `the clock of '${from}' is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of '${self}', and ${bound} s are tolerated. ` +
        'Nothing was done. Set the clock of the one that is wrong; let it ask a time server.',
    ),
  )
}

export function peerRevoked(self: string, from: string): ResponseBody {
  return failure(
    new TeleclaudeError(
      'TC_ERR_PEER_REFUSED',
      `'${self}' does nothing for '${from}', which was revoked there. To allow it again: teleclaude peers trust ${from} on '${self}'.`,
    ),
  )
}

export function notTheProtocol(self: string, what: string): ResponseBody {
  return failure(
    new TeleclaudeError(
      'TC_ERR_PROTOCOL',
      `'${self}' does not understand the request (${what}). Nothing was done. Use the same version of TeleClaude on both computers.`,
    ),
  )
}
