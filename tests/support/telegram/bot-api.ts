import type { IncomingMessage } from 'node:http'
import { ApiError } from './api-error.ts'
import type { ServedMethod } from './api-shapes.ts'
import { CallRunner } from './call-runner.ts'
import type { Counts } from './counts.ts'
import type { Faults, Outcome } from './faults.ts'
import type { Reply } from './http-listener.ts'
import { methodNamed } from './methods/index.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { readBody } from './request-body.ts'
import type { World } from './world.ts'

export interface BotApiParts {
  readonly world: World
  readonly faults: Faults
  readonly counts: Counts
  readonly limiter: RateLimiter
}

interface ApiRequest {
  readonly isDownload: boolean
  readonly token: string
  /** A method, or the path of a file. */
  readonly path: string
  readonly query: URLSearchParams
}

/** Answers requests as Telegram's Bot API server does. */
export class BotApi {
  readonly #parts: BotApiParts
  readonly #runner: CallRunner
  /** Requests are accepted, have no effect and are never answered. */
  isFrozen = false

  constructor(parts: BotApiParts) {
    this.#parts = parts
    this.#runner = new CallRunner(parts)
  }

  /** As on a server that is too old to know the method. */
  removeMethod(name: ServedMethod): void {
    this.#runner.removed.add(name)
  }

  async answer(http: IncomingMessage, gone: AbortSignal): Promise<Reply> {
    const request = parseUrl(http.url ?? '/')
    if (!request) return refusal(new ApiError(404, 'Not Found'))
    if (this.isFrozen) return 'silence'
    const { counts, faults } = this.#parts
    const method = request.isDownload ? 'download' : (methodNamed(request.path) ?? request.path)
    counts.came(method)
    const fault = faults.take(method)
    const broken = fault && 'kind' in fault ? brokenReplies[fault.kind] : null
    if (broken?.isBefore) return broken.reply
    const reply = request.isDownload
      ? this.#download(request, fault)
      : await this.#call(http, request, method, fault, gone)
    return broken?.reply ?? reply
  }

  #download({ token, path }: ApiRequest, fault: Outcome | null): Reply {
    if (fault && 'refusal' in fault) return refusal(fault.refusal)
    const { world } = this.#parts
    const bot = world.botWith(token)
    const file = bot && world.files.at(bot, path, world.now)
    if (!file) return refusal(new ApiError(404, 'Not Found'))
    return { status: 200, body: file.bytes, type: 'application/octet-stream' }
  }

  async #call(
    http: IncomingMessage,
    { token, query }: ApiRequest,
    method: string,
    fault: Outcome | null,
    gone: AbortSignal,
  ): Promise<Reply> {
    const { counts, world } = this.#parts
    const call = { method, botId: world.botWith(token)?.id ?? null, at: world.now }
    let parameters: Readonly<Record<string, unknown>> = {}
    try {
      const body = await readBody(http, query, name => world.shapes.isText(method, name))
      parameters = body.fields
      if (fault && 'refusal' in fault) throw fault.refusal
      const isRepeating = fault !== null && 'kind' in fault && fault.kind === 'duplicate-update'
      const result = await this.#runner.run({ method, token, body, gone, isRepeating })
      counts.ended({ ...call, parameters }, null)
      return { status: 200, body: JSON.stringify({ ok: true, result }) }
    } catch (error) {
      const refused = error instanceof ApiError ? error : this.#broken(http, method, error)
      counts.ended({ ...call, parameters }, refused)
      return refusal(refused)
    }
  }

  #broken(http: IncomingMessage, method: string, error: unknown): ApiError {
    // a client that was killed while it sent is no fault of the server
    if (!http.complete) return new ApiError(400, 'Bad Request: the request ended before its end')
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#parts.world.violate(`the test server failed in ${method}: ${said}`)
    return new ApiError(500, 'Internal Server Error: the test server failed')
  }
}

function parseUrl(url: string): ApiRequest | null {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const [, file, token = '', path = ''] = /^(\/file)?\/bot([^/]*)\/(.+)$/.exec(pathname) ?? []
  if (path === '') return null
  const decoded = { token: decodeURIComponent(token), path: decodeURIComponent(path) }
  return { ...decoded, isDownload: file !== undefined, query: searchParams }
}

interface BrokenReply {
  readonly reply: Reply
  /** True: the call has no effect. */
  readonly isBefore: boolean
}

const brokenReplies: Readonly<Record<string, BrokenReply | undefined>> = {
  '502': {
    reply: { status: 502, body: '<html><body>502 Bad Gateway</body></html>', type: 'text/html' },
    isBefore: true,
  },
  timeout: { reply: 'silence', isBefore: true },
  'timeout-after': { reply: 'silence', isBefore: false },
  'disconnect-before': { reply: 'cut', isBefore: true },
  'disconnect-after': { reply: 'cut', isBefore: false },
}

function refusal({ code, message, parameters }: ApiError): Reply {
  const body = { ok: false, error_code: code, description: message, ...(parameters && { parameters }) }
  return { status: code, body: JSON.stringify(body) }
}
