import type { BotAccount } from './accounts.ts'
import { ApiError, badRequest } from './api-error.ts'
import type { MethodParameters, ServedMethod } from './api-shapes.ts'
import type { Counts } from './counts.ts'
import { isLimited, methodNamed, methodOf } from './methods/index.ts'
import type { RateLimiter } from './rate-limiter.ts'
import type { RequestBody } from './request-body.ts'
import type { World } from './world.ts'

export interface CallRequest {
  readonly method: string
  readonly token: string
  readonly body: RequestBody
  /** Aborts when nobody waits for the answer any more. */
  readonly gone: AbortSignal
  /** True: updates that were confirmed come again. */
  readonly isRepeating: boolean
}

export interface CallRunnerParts {
  readonly world: World
  readonly counts: Counts
  readonly limiter: RateLimiter
}

/** Checks calls, in Telegram's order: the token, the method, the shape, the limits; and then does them. */
export class CallRunner {
  readonly #parts: CallRunnerParts
  readonly removed = new Set<ServedMethod>()

  constructor(parts: CallRunnerParts) {
    this.#parts = parts
  }

  /** @throws ApiError */
  async run({ method: name, token, body, gone, isRepeating }: CallRequest): Promise<unknown> {
    const { world } = this.#parts
    const bot = world.botWith(token)
    if (!bot) throw new ApiError(401, 'Unauthorized')
    const method = this.#served(name)
    const parameters = this.#checked(method, body.fields)
    this.#limit(bot, method, parameters)
    const given = isRepeating ? { ...parameters, timeout: 0 } : parameters
    // the parameters were checked against the shape of exactly this method
    const call = { world, bot, parameters: given, files: body.files, gone } as never
    const result = await methodOf(method)(call)
    for (const fault of world.shapes.result(method, result))
      world.violate(`the test server answers ${method} wrongly: ${fault}`)
    return isRepeating && Array.isArray(result) ? [...bot.updates.repeat(3), ...result] : result
  }

  #served(name: string): ServedMethod {
    const method = methodNamed(name)
    if (!method) this.#parts.world.violate(`the test server does not serve ${name}`)
    if (method && !this.removed.has(method)) return method
    throw new ApiError(404, 'Not Found: method not found')
  }

  #checked(method: ServedMethod, fields: RequestBody['fields']): MethodParameters[ServedMethod] {
    const { world } = this.#parts
    const faults = world.settings.isStrict ? world.shapes.parameters(method, fields) : []
    const said = `${method} was called wrongly: ${faults.join('; ')}`
    if (faults.length > 0) world.violate(said)
    if (faults.length > 0) throw badRequest(said)
    return fields as MethodParameters[ServedMethod] // checked, or the test wants it unchecked
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
}
