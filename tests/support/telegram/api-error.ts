import type { ResponseParameters } from '@grammyjs/types'

/** What Telegram answers where it refuses. */
export class ApiError extends Error {
  readonly code: number
  readonly parameters: ResponseParameters | undefined

  constructor(code: number, description: string, parameters?: ResponseParameters) {
    super(description)
    this.code = code
    this.parameters = parameters
  }
}

export function badRequest(why: string, parameters?: ResponseParameters): ApiError {
  return new ApiError(400, `Bad Request: ${why}`, parameters)
}

export function forbidden(why: string): ApiError {
  return new ApiError(403, `Forbidden: ${why}`)
}

export function tooManyRequests(retryAfterSeconds: number): ApiError {
  return new ApiError(429, `Too Many Requests: retry after ${retryAfterSeconds}`, {
    retry_after: retryAfterSeconds,
  })
}
