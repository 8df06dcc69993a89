import type { RequestBody } from './messages.ts'

/** What somebody here asks of another computer. */
export interface Question {
  readonly computer: string
  readonly body: RequestBody
  readonly isIdempotent: boolean
  readonly requestId: string
  readonly signal: AbortSignal | undefined
}

/** A question on its way. */
export interface WaitingRequest extends Question {
  /** Under which it travels. */
  readonly id: string
  /** Of the computer that was asked. */
  readonly publicKey: Uint8Array
  /** When it was asked: by the wall clock, and by the one that never goes back. */
  readonly askedAt: number
  readonly askedAtMonotonic: number
  readonly notAfter: number
  /** As `notAfter`, by the clock that never goes back. */
  readonly deadline: number
  /** How often it was sent, and how often the carrier is known to have got it. */
  sends: number
  arrivals: number
  /** In the mailbox of the computer that was asked: of the first that arrived. */
  place: string | null
  resolve(result: unknown): void
  reject(error: Error): void
}

/** The requests that wait for their answers. */
export interface WaitingRequests {
  readonly size: number
  /** How many wait for one computer. */
  of(computer: string): number
  find(id: string): WaitingRequest | undefined
  all(): readonly WaitingRequest[]
  add(one: WaitingRequest): void
  remove(one: WaitingRequest): void
}

export function createWaitingRequests(): WaitingRequests {
  const waiting = new Map<string, WaitingRequest>()
  const perComputer = new Map<string, number>()
  const count = (computer: string, by: number) => {
    const now = (perComputer.get(computer) ?? 0) + by
    if (now === 0) perComputer.delete(computer)
    else perComputer.set(computer, now)
  }
  return {
    get size() {
      return waiting.size
    },
    of: computer => perComputer.get(computer) ?? 0,
    find: id => waiting.get(id),
    all: () => [...waiting.values()],
    add(one) {
      waiting.set(one.id, one)
      count(one.computer, 1)
    },
    remove(one) {
      if (waiting.delete(one.id)) count(one.computer, -1)
    },
  }
}
