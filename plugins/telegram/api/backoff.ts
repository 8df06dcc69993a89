/** How a pause grows. */
export interface BackoffRange {
  readonly baseMs: number
  readonly capMs: number
}

/** How long to wait after `failures` in a row: doubled each time up to the cap, and jittered, so that bots do not march in step. */
export function backoffMs(failures: number, { baseMs, capMs }: BackoffRange): number {
  const full = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 30))
  return Math.max(baseMs, full / 2 + (Math.random() * full) / 2)
}
