import { Agent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { Api } from 'grammy'
import type { ApiMethods, Opts } from 'grammy/types'
import { type Clock, type PluginContext, TeleclaudeError } from '../../../core/index.ts'
import { beginDeadline } from './deadline.ts'
import { type DownloadLimits, downloadFrom, type TakeBytes } from './download.ts'
import { faultOf, isFault, TelegramFault } from './fault.ts'

/** A method of the Bot API, such as 'sendMessage'. */
export type ApiMethod = keyof ApiMethods & string
/** What a method takes. */
export type Payload<M extends ApiMethod> = Opts<M>
/** What a method answers. */
export type ApiResult<M extends ApiMethod> = ReturnType<ApiMethods[M]>

/** How long a call may take. */
export interface CallOptions {
  /** Ends the call with TC_ERR_CANCELLED; it may have taken effect. */
  readonly signal?: AbortSignal
  /** 30 s where it is left out, 120 s for a file. */
  readonly timeoutMs?: number
}

/** One bot's Bot API. It knows the token and tells nobody. */
export interface BotApi {
  /**
   * Calls a method once.
   *
   * @throws TelegramFault whatever goes wrong, also where no answer comes in time (by the clock that was given)
   * @throws TeleclaudeError TC_ERR_CANCELLED after `signal`
   * @example await api.call('sendMessage', { chat_id, text: 'hello' })
   */
  call<M extends ApiMethod>(method: M, payload: Payload<M>, options?: CallOptions): Promise<ApiResult<M>>
  /** False once the server said that it does not know the method; it is then no longer asked. */
  supports(method: ApiMethod): boolean
  /**
   * Gives the bytes of a file to `take`, in order, and waits for each. Files that are larger than `maxBytes` end with the
   * fault 'too-long', whatever Telegram said of their size.
   *
   * @returns how many bytes there were
   */
  download(fileId: string, take: TakeBytes, limits: DownloadLimits): Promise<number>
  /** Ends the connections that are kept open for the next call. */
  close(): void
}

/** What a {@link BotApi} is made of. */
export interface BotApiParts {
  readonly token: string
  /** Without a path to the bot, such as 'https://api.telegram.org'. */
  readonly apiRoot: string
  readonly clock: Clock
  readonly log?: PluginContext['log']
}

/** Makes the Bot API of one bot. Nothing is asked yet. */
export function createBotApi(parts: BotApiParts): BotApi {
  return new GrammyApi(parts)
}

const TIMEOUT_MS = 30_000
/** 50 MB, the most that bots may send, at 400 kB/s. */
const UPLOAD_TIMEOUT_MS = 120_000

class GrammyApi implements BotApi {
  readonly #parts: BotApiParts
  readonly #raw: RawCalls
  readonly #missing = new Set<string>()
  readonly #agent: Agent

  constructor(parts: BotApiParts) {
    this.#parts = { ...parts, apiRoot: parts.apiRoot.replace(/\/+$/, '') }
    this.#agent = new (parts.apiRoot.startsWith('https:') ? HttpsAgent : Agent)({ keepAlive: true })
    this.#raw = rawCalls(this.#parts, this.#agent)
  }

  close(): void {
    this.#agent.destroy()
  }

  supports(method: ApiMethod): boolean {
    return !this.#missing.has(method)
  }

  async call<M extends ApiMethod>(
    method: M,
    payload: Payload<M>,
    { signal, timeoutMs = timeoutOf(method) }: CallOptions = {},
  ): Promise<ApiResult<M>> {
    if (!this.supports(method)) throw unsupported(method)
    const deadline = beginDeadline(this.#parts.clock, timeoutMs, signal)
    try {
      // grammY's types say that a method answers its result; as strings, methods and results lose their connection
      return (await deadline.race(this.#raw(method, payload, deadline.signal))) as ApiResult<M>
    } catch (error) {
      throw this.#read(error, method, deadline.isOver, timeoutMs, signal)
    } finally {
      deadline.end()
    }
  }

  async download(fileId: string, take: TakeBytes, limits: DownloadLimits): Promise<number> {
    const file = await this.call(
      'getFile',
      { file_id: fileId },
      limits.signal ? { signal: limits.signal } : {},
    )
    return downloadFrom(this.#parts, file, take, limits)
  }

  #read(
    error: unknown,
    method: string,
    isOver: boolean,
    timeoutMs: number,
    signal?: AbortSignal,
  ): TeleclaudeError {
    if (isOver) return unanswered(method, timeoutMs)
    if (signal?.aborted) return cancelled(method)
    const fault = faultOf(error, method, this.#parts.token)
    if (isFault(fault, 'no-method')) this.#miss(method, fault)
    return fault
  }

  #miss(method: string, fault: TelegramFault): void {
    if (this.#missing.has(method)) return
    this.#missing.add(method)
    this.#parts.log?.warn({ method }, fault.message)
  }
}

function timeoutOf(method: string): number {
  return UPLOADS.has(method) ? UPLOAD_TIMEOUT_MS : TIMEOUT_MS
}

const UPLOADS: ReadonlySet<string> = new Set(['sendDocument', 'sendPhoto', 'sendMediaGroup'])

type RawCalls = (method: string, payload: object, signal: AbortSignal) => Promise<unknown>

/** An answer is JSON of at most 100 updates or one message; more is not from a Bot API server. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
/** The longest that a timer of Node's can wait: grammY's own deadline knows no clock of ours, so ours comes first. */
const NEVER_S = 2_000_000

/** grammY's methods that take nothing take the signal first. */
const WITHOUT_PAYLOAD: ReadonlySet<string> = new Set([
  'getMe',
  'getWebhookInfo',
  'getForumTopicIconStickers',
  'getAvailableGifts',
  'logOut',
  'close',
  'getMyStarBalance',
  'removeMyProfilePhoto',
])

function rawCalls({ token, apiRoot }: BotApiParts, agent: Agent): RawCalls {
  const { raw } = new Api(token, {
    apiRoot,
    timeoutSeconds: NEVER_S,
    baseFetchConfig: { size: MAX_ANSWER_BYTES, redirect: 'error', agent },
  })
  // its type names every method by itself; a call by name needs only that each of them is a function
  const calls = raw as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>
  return (method, payload, signal) => {
    const args = WITHOUT_PAYLOAD.has(method) ? [signal] : [payload, signal]
    return calls[method]?.(...args) ?? Promise.reject(new TypeError(`there is no method ${method}`))
  }
}

function unsupported(method: string): TelegramFault {
  return new TelegramFault('no-method', `This Bot API server does not know ${method}. Update the server.`, {
    method,
  })
}

function unanswered(method: string, timeoutMs: number): TelegramFault {
  const message = `Telegram did not answer ${method} within ${timeoutMs / 1000} s. It is asked again by itself.`
  return new TelegramFault('unavailable', message, { method, isOutcomeUnknown: true })
}

function cancelled(method: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_CANCELLED', `${method} was called off; Telegram may have done it.`)
}
