import type { ApiError } from './api-error.ts'

/** One call, as it was answered. */
export interface RecordedCall {
  readonly method: string
  readonly botId: number | null
  readonly parameters: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch. */
  readonly at: number
  /** 200, or why not. */
  readonly code: number
  readonly description: string | undefined
}

const MAX_CALLS = 20_000

/** What the server was asked, and what it answered. */
export class Counts {
  /** The newest calls. */
  calls: RecordedCall[] = []
  readonly #byMethod = new Map<string, number>()
  readonly #byCode = new Map<number, number>()
  /** Open connections. */
  connections = 0
  /** Connections that there have ever been. */
  connected = 0
  /** 429s by the rate limits; ordered ones are not among them. */
  limited = 0
  /** Long polls that were ended by another one. */
  conflicts = 0

  /** How often a method was called, or all of them. */
  of(method?: string): number {
    if (method !== undefined) return this.#byMethod.get(method) ?? 0
    return [...this.#byMethod.values()].reduce((sum, count) => sum + count, 0)
  }

  /** How often something was answered with a code, such as 429, ordered faults included. */
  answered(code: number): number {
    return this.#byCode.get(code) ?? 0
  }

  came(method: string): void {
    this.#byMethod.set(method, this.of(method) + 1)
  }

  ended(call: Omit<RecordedCall, 'code' | 'description'>, error: ApiError | null): void {
    const code = error?.code ?? 200
    this.#byCode.set(code, this.answered(code) + 1)
    if (code === 409) this.conflicts += 1
    this.calls.push({ ...call, code, description: error?.message })
    if (this.calls.length > MAX_CALLS) this.calls = this.calls.slice(-MAX_CALLS / 2)
  }
}
