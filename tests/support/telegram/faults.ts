import { ApiError, tooManyRequests } from './api-error.ts'

/** What can go wrong with one call. */
export type FaultKind =
  | '429'
  | '500'
  /** A proxy's answer that is no JSON. */
  | '502'
  /** Accepted, without effect, never answered. */
  | 'timeout'
  /** It takes effect and is never answered. */
  | 'timeout-after'
  /** The connection is cut, without effect. */
  | 'disconnect-before'
  /** It takes effect, and the connection is cut before the answer. */
  | 'disconnect-after'
  /** getUpdates gives confirmed updates again. */
  | 'duplicate-update'

/** A kind, or any refusal, such as `{ code: 400, description: 'Bad Request: …' }`. */
export type Fault = FaultKind | { readonly retryAfter: number } | Refusal

export interface Refusal {
  readonly code: number
  readonly description: string
}

export interface RandomFaults {
  /** From 0 to 1. */
  readonly rate: number
  readonly seed: number
  readonly kinds: readonly FaultKind[]
  /** All, where it is left out. */
  readonly methods?: readonly string[]
}

/** What happens to a call instead of its answer. */
export type Outcome = { readonly refusal: ApiError } | { readonly kind: Exclude<FaultKind, '429' | '500'> }

/** The faults that a test ordered. */
export class Faults {
  readonly #ordered: { readonly method: string; readonly fault: Fault }[] = []
  #random: (RandomFaults & { readonly draw: () => number }) | null = null
  /** How many were given, by kind. */
  readonly given = new Map<string, number>()
  /** Which calls they were, oldest first. */
  readonly taken: { readonly method: string; readonly fault: string }[] = []

  /** The next call of a method ('*' for any) goes wrong; ordered several times, so do the ones after it. */
  next(method: string, fault: Fault, times = 1): void {
    for (let count = 0; count < times; count++) this.#ordered.push({ method, fault })
  }

  /** From now on calls go wrong at random, the same way for the same seed. */
  random(faults: RandomFaults): void {
    this.#random = { ...faults, draw: randomFrom(faults.seed) }
  }

  clear(): void {
    this.#ordered.length = 0
    this.#random = null
  }

  /** For the server: what happens to this call, if anything. */
  take(method: string): Outcome | null {
    const fault = this.#takeOrdered(method) ?? this.#drawn(method)
    if (fault === null) return null
    const name = nameOf(fault)
    this.given.set(name, (this.given.get(name) ?? 0) + 1)
    this.taken.push({ method, fault: name })
    return outcomeOf(fault)
  }

  #takeOrdered(method: string): Fault | null {
    const index = this.#ordered.findIndex(({ method: wanted }) => wanted === '*' || wanted === method)
    return this.#ordered.splice(index, index < 0 ? 0 : 1)[0]?.fault ?? null
  }

  #drawn(method: string): Fault | null {
    const random = this.#random
    if (!random || (random.methods && !random.methods.includes(method))) return null
    if (random.draw() >= random.rate) return null
    const kinds = random.kinds.filter(kind => kind !== 'duplicate-update' || method === 'getUpdates')
    const kind = kinds[Math.floor(random.draw() * kinds.length)] ?? null
    return kind === '429' ? { retryAfter: 1 + Math.floor(random.draw() * 3) } : kind
  }
}

function nameOf(fault: Fault): string {
  if (typeof fault === 'string') return fault
  return 'retryAfter' in fault ? '429' : `${fault.code}`
}

function outcomeOf(fault: Fault): Outcome {
  if (typeof fault === 'object')
    return {
      refusal:
        'retryAfter' in fault
          ? tooManyRequests(fault.retryAfter)
          : new ApiError(fault.code, fault.description),
    }
  if (fault === '429') return { refusal: tooManyRequests(1) }
  if (fault === '500') return { refusal: new ApiError(500, 'Internal Server Error: test') }
  return { kind: fault }
}

/** Mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
