import type { IncomingMessage } from 'node:http'
import type { BotAccount } from './accounts.ts'
import { ApiError, badRequest } from './api-error.ts'
import type { MethodParameters, ServedMethod } from './api-shapes.ts'
import type { Counts } from './counts.ts'
import type { Faults, Outcome } from './faults.ts'
import type { Reply } from './http-listener.ts'
import { isLimited, methodNamed, methodOf } from './methods/index.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { type RequestBody, readBody } from './request-body.ts'
import type { World } from './world.ts'

export interface BotApiParts {
  readonly world: World
  readonly faults: Faults
  readonly counts: Counts
  readonly limiter: RateLimiter
}

/** Answers requests as Telegram's Bot API server does. */
export class BotApi {
  readonly #parts: BotApiParts
  readonly #removed = new Set<string>()
  /** Requests are accepted, have no effect and are never answered. */
  isFrozen = false

  constructor(parts: BotApiParts) {
    this.#parts = parts
  }

  /** As on a server that is too old to know the method. */
  removeMethod(name: ServedMethod): void {
    this.#removed.add(name.toLowerCase())
  }

  async answer(request: IncomingMessage, gone: AbortSignal): Promise<Reply> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const [, isFile, token = '', rest = ''] = /^(\/file)?\/bot([^/]*)\/(.*)$/.exec(url.pathname) ?? []
    if (rest === '') return refusal(new ApiError(404, 'Not Found'))
    if (this.isFrozen) return 'silence'
    const method = isFile ? 'download' : (methodNamed(rest) ?? rest)
    this.#parts.counts.came(method)
    const fault = this.#parts.faults.take(method)
    if (fault && !('refusal' in fault) && isWithoutEffect(fault.kind)) return brokenReply(fault.kind)
    const body = () => readBody(request, url.searchParams)
    const reply = isFile
      ? this.#download(decodeURIComponent(token), decodeURIComponent(rest))
      : await this.#call({ method, token: decodeURIComponent(token), body, gone, fault })
    return fault && 'kind' in fault && fault.kind !== 'duplicate-update' ? brokenReply(fault.kind) : reply
  }

  #download(token: string, path: string): Reply {
    const { world } = this.#parts
    const bot = this.#botOf(token)
    const file = bot && world.files.at(bot, path, world.now)
    if (!file) return refusal(new ApiError(404, 'Not Found'))
    return { status: 200, body: file.bytes, type: 'application/octet-stream' }
  }

  async #call(request: ApiRequest): Promise<Reply> {
    const { counts, world } = this.#parts
    const record = {
      method: request.method,
      botId: this.#botOf(request.token)?.id ?? null,
      parameters: {},
      at: world.now,
    }
    try {
      const { parameters, result } = await this.#run(request)
      counts.ended({ ...record, parameters }, null)
      return { status: 200, body: JSON.stringify({ ok: true, result }) }
    } catch (error) {
      const refused = error instanceof ApiError ? error : this.#ownFault(request.method, error)
      counts.ended({ ...record, parameters: parametersOf.get(request) ?? {} }, refused)
      return refusal(refused)
    }
  }

  async #run(request: ApiRequest): Promise<{ parameters: Record<string, unknown>; result: unknown }> {
    const body = await request.body()
    parametersOf.set(request, body.fields)
    if (request.fault && 'refusal' in request.fault) throw request.fault.refusal
    const bot = this.#botOf(request.token)
    if (!bot) throw new ApiError(401, 'Unauthorized')
    const method = this.#served(request.method)
    const parameters = this.#checked(method, body)
    this.#limit(bot, method, parameters)
    const call = { world: this.#parts.world, bot, parameters, files: body.files, gone: request.gone }
    // the parameters were checked against the shape of exactly this method
    const result = await methodOf(method)(call as never)
    const faults = this.#parts.world.shapes.result(method, result)
    for (const fault of faults) this.#violate(`the test server answers ${method} wrongly: ${fault}`)
    return { parameters: { ...parameters }, result: this.#doubled(request, bot, result) }
  }

  #doubled({ fault }: ApiRequest, bot: BotAccount, result: unknown): unknown {
    const isDoubled = fault && 'kind' in fault && fault.kind === 'duplicate-update'
    return isDoubled && Array.isArray(result) ? [...bot.updates.repeat(3), ...result] : result
  }

  #served(name: string): ServedMethod {
    const method = methodNamed(name)
    if (!method) this.#violate(`the test server does not serve ${name}`)
    if (!method || this.#removed.has(method.toLowerCase()))
      throw new ApiError(404, 'Not Found: method not found')
    return method
  }

  #checked(method: ServedMethod, body: RequestBody): MethodParameters[ServedMethod] {
    const { shapes, settings } = this.#parts.world
    const fields = body.isForm ? this.#unpacked(method, body.fields) : body.fields
    const faults = shapes.parameters(method, fields)
    if (settings.isStrict && faults.length > 0) {
      const said = `${method} was called wrongly: ${faults.join('; ')}`
      this.#violate(said)
      throw badRequest(said)
    }
    return fields as MethodParameters[ServedMethod] // checked, or the test wants it unchecked
  }

  /** In a form, what is no text is JSON. */
  #unpacked(method: ServedMethod, fields: RequestBody['fields']): RequestBody['fields'] {
    const { shapes } = this.#parts.world
    const entries = Object.entries(fields).map(([name, value]) => {
      const isJson = typeof value === 'string' && shapes.isJsonParameter(method, name)
      return [name, isJson ? parsed(value) : value]
    })
    return Object.fromEntries(entries)
  }

  #limit(bot: BotAccount, method: ServedMethod, parameters: object): void {
    if (!isLimited(method) || !('chat_id' in parameters)) return
    const chatId = Number(parameters.chat_id)
    try {
      this.#parts.limiter.take(bot.id, chatId, chatId < 0)
    } catch (error) {
      this.#parts.counts.limited += 1
      throw error
    }
  }

  #botOf(token: string): BotAccount | undefined {
    return [...this.#parts.world.bots.values()].find(bot => bot.token === token && bot.isTokenValid)
  }

  #violate(what: string): void {
    this.#parts.world.violate(what)
  }

  #ownFault(method: string, error: unknown): ApiError {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#violate(`the test server failed in ${method}: ${said}`)
    return new ApiError(500, 'Internal Server Error: the test server failed')
  }
}

interface ApiRequest {
  readonly method: string
  readonly token: string
  readonly body: () => Promise<RequestBody>
  readonly gone: AbortSignal
  readonly fault: Outcome | null
}

/** What calls said that were refused. */
const parametersOf = new WeakMap<ApiRequest, Record<string, unknown>>()

type BrokenKind = Exclude<Extract<Outcome, { kind: string }>['kind'], 'duplicate-update'>

function isWithoutEffect(kind: string): kind is 'timeout' | 'disconnect-before' | '502' {
  return kind === 'timeout' || kind === 'disconnect-before' || kind === '502'
}

function brokenReply(kind: BrokenKind): Reply {
  if (kind === '502')
    return { status: 502, body: '<html><body>502 Bad Gateway</body></html>', type: 'text/html' }
  return kind.startsWith('timeout') ? 'silence' : 'cut'
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function refusal({ code, message, parameters }: ApiError): Reply {
  const body = { ok: false, error_code: code, description: message, ...(parameters && { parameters }) }
  return { status: code, body: JSON.stringify(body) }
}
