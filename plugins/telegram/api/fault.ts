import { GrammyError, HttpError } from 'grammy'
import { TeleclaudeError } from '../../../core/index.ts'
import { brokenRequest } from './broken-request.ts'
import { type FaultKind, kindOf, type Refusal } from './refusals.ts'

export type { FaultKind } from './refusals.ts'

/** What else is known of a {@link TelegramFault}. */
export interface FaultFacts {
  readonly method: string
  readonly retryAfterMs?: number | undefined
  readonly migratedTo?: number | undefined
  readonly isOutcomeUnknown?: boolean
  readonly isUnsent?: boolean
  readonly lookAgainMs?: number
}

/** A call of the Bot API that failed. Its message says what and what to do, and never holds the token or what was sent. */
export class TelegramFault extends TeleclaudeError {
  readonly kind: FaultKind
  /** The method that was called. */
  readonly method: string
  /** How long Telegram asks to wait; only of 'rate-limit'. */
  readonly retryAfterMs: number | undefined
  /** The chat's new id; only of 'migrated', and there it may be missing. */
  readonly migratedTo: number | undefined
  /** The call may have taken effect all the same: no answer came in time, the connection was cut, or the server failed. */
  readonly isOutcomeUnknown: boolean
  /** Telegram was not asked: the answer is known. */
  readonly isUnsent: boolean
  /** When it is worth asking again; only where Telegram was not asked. */
  readonly lookAgainMs: number | undefined

  constructor(kind: FaultKind, message: string, facts: FaultFacts) {
    super('TC_ERR_ADAPTER', message, { plugin: 'telegram', retryable: isRetryable(kind) })
    this.kind = kind
    this.method = facts.method
    this.retryAfterMs = facts.retryAfterMs
    this.migratedTo = facts.migratedTo
    this.isOutcomeUnknown = facts.isOutcomeUnknown ?? false
    this.isUnsent = facts.isUnsent ?? false
    this.lookAgainMs = facts.lookAgainMs
  }
}

/**
 * Reads whatever a call of `method` threw. Nothing of it is kept as a cause: what grammY and node-fetch throw holds the
 * URL, which has the token, and the payload.
 */
export function faultOf(error: unknown, method: string, token = ''): TelegramFault {
  if (error instanceof TelegramFault) return error
  if (error instanceof GrammyError) return refused(error, method, token)
  const { isLocal, isOutcomeUnknown, reason } = brokenRequest(
    error instanceof HttpError ? error.error : error,
  )
  const what = withoutToken(reason, token)
  if (isLocal)
    return new TelegramFault('refused', `${method} could not be asked of Telegram: ${what}.`, { method })
  return new TelegramFault(
    'unavailable',
    `${method} did not reach Telegram, or its answer did not come: ${what}.`,
    {
      method,
      isOutcomeUnknown,
    },
  )
}

/** Whether `value` is a {@link TelegramFault}, of one of the given kinds if any is given. */
export function isFault(value: unknown, ...kinds: readonly FaultKind[]): value is TelegramFault {
  return value instanceof TelegramFault && (kinds.length === 0 || kinds.includes(value.kind))
}

function refused(refusal: Refusal, method: string, token: string): TelegramFault {
  const kind = kindOf(refusal, method)
  const said = withoutToken(String(refusal.description ?? 'no reason'), token)
  const message = `Telegram answered ${method} with ${refusal.error_code ?? 'no code'}: ${said}. ${adviceFor(kind, said)}`
  return new TelegramFault(kind, message.trimEnd(), {
    method,
    retryAfterMs: kind === 'rate-limit' ? retryAfterMs(refusal) : undefined,
    migratedTo: refusal.parameters?.migrate_to_chat_id,
    isOutcomeUnknown: kind === 'unavailable',
  })
}

/** Where Telegram limits but does not say for how long, which its own server never does. */
const UNSAID_RETRY_MS = 5000

function retryAfterMs(refusal: Refusal): number {
  const seconds = refusal.parameters?.retry_after
  return typeof seconds === 'number' && seconds >= 0 ? seconds * 1000 : UNSAID_RETRY_MS
}

function isRetryable(kind: FaultKind): boolean {
  return kind === 'rate-limit' || kind === 'unavailable' || kind === 'conflict'
}

/** A description is a sentence; a server that sends a page is cut. */
const MAX_SAID = 300
/** Tokens look like this, also those of other bots. */
const ANY_TOKEN = /\d{5,20}:[\w-]{20,100}/g
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu

function withoutToken(text: string, token: string): string {
  const known =
    token === '' ? text : text.replaceAll(token, '[token]').replaceAll(encodeURIComponent(token), '[token]')
  return known.replace(ANY_TOKEN, '[token]').replace(UNPRINTABLE, ' ').slice(0, MAX_SAID).replace(/\.$/, '')
}

function adviceFor(kind: FaultKind, said: string): string {
  if (kind === 'conflict' && /webhook/i.test(said)) return 'Remove the webhook of this bot (deleteWebhook).'
  if (/not a forum/i.test(said)) return "Switch on Topics in the group's settings."
  return advice[kind]
}

const advice: Readonly<Record<FaultKind, string>> = {
  'rate-limit': 'It is asked again when that time has passed.',
  unauthorized: 'The token is not one of a bot. Correct it in the configuration; @BotFather tells it.',
  kicked: 'Add the bot to the group again; a person who blocked it has to start it again.',
  'no-rights': 'Make the bot an administrator of the group, with the right to manage topics.',
  'chat-gone': 'Correct supergroupId in the configuration, and add the bot to that group.',
  'thread-gone': 'The topic was deleted.',
  'topic-closed': 'The topic is closed.',
  'message-gone': 'The message was deleted, or is too old to be changed.',
  'not-modified': '',
  'too-long': '',
  'bad-markup': '',
  conflict:
    'Only one program can hear what people say to a bot: stop the other one, or give each a bot of its own.',
  migrated: 'The group has a new id. Correct supergroupId in the configuration.',
  'no-method':
    'This Bot API server does not know the method; what needs it is switched off. Update the server.',
  'query-too-old': 'The button was pressed too long ago.',
  unavailable: 'It is asked again by itself.',
  refused: '',
}
