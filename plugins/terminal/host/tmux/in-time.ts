import type { Clock } from '../../../../core/index.ts'

/** What `work` gives, unless tmux takes longer for it than it ever should. `work` itself is not stopped. */
export async function inTime<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const deadline = clock.setTimeout(() => reject(new Error(`it does not answer within ${ms} ms`)), ms)
  try {
    return await Promise.race([work, late])
  } finally {
    deadline.cancel()
  }
}
