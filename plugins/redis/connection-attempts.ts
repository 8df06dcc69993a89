import { beginLife, type ConnectionLife, type LifeParts } from './connection-life.ts'
import { faultOf } from './faults.ts'

/**
 * An attempt that was begun while the network was away may never be answered, though the network is back. So after this
 * time another one is made beside it, and work goes on within a second.
 */
const BESIDE_MS = 500
/** The first, which may be slow, and the newest, which has not met what went before. */
const MAX_AT_ONCE = 4

export interface AttemptParts extends LifeParts {
  /** How long an answer may take there. */
  readonly patienceMs: number
}

/** Connects, by whichever attempt succeeds first. @throws what {@link faultOf} reads, as soon as one of them fails */
export function beginSoonest({ patienceMs, ...parts }: AttemptParts): Promise<ConnectionLife> {
  const over = new AbortController()
  const signal = AbortSignal.any([parts.signal, over.signal])
  const besideMs = Math.max(BESIDE_MS, patienceMs)
  const underWay: AbortController[] = []
  return new Promise((resolve, reject) => {
    const succeed = (life: ConnectionLife) => {
      if (over.signal.aborted) return life.drop(faultOf(new Error('closed')))
      over.abort()
      resolve(life)
    }
    const attempt = () => {
      const givenUp = new AbortController()
      const fail = (thrown: unknown) => {
        if (givenUp.signal.aborted) return
        over.abort()
        reject(thrown)
      }
      underWay.push(givenUp)
      if (underWay.length > MAX_AT_ONCE) underWay.splice(1, 1)[0]?.abort()
      beginLife({ ...parts, signal: AbortSignal.any([signal, givenUp.signal]) }).then(succeed, fail)
      const another = parts.clock.setTimeout(attempt, besideMs, { ref: false })
      signal.addEventListener('abort', () => another.cancel(), { once: true })
    }
    attempt()
  })
}
