import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { isFault, TelegramFault } from '../../../plugins/telegram/api/fault.ts'
import {
  createOutgoing,
  type OutgoingBudgets,
  type OutgoingJob,
  telegramBudgets,
} from '../../../plugins/telegram/outgoing/outgoing.ts'
import { capturedLog } from '../../support/captured-log.ts'

export const GROUP = -1001

export interface Sent {
  readonly name: string
  readonly at: number
}

/** A scheduler on a clock that a test drives, and what it sent when. */
export function scheduledBot(
  options: { budgets?: Partial<OutgoingBudgets>; probe?: () => Promise<unknown> } = {},
) {
  const clock = new FakeClock()
  const { log, records } = capturedLog()
  const sent: Sent[] = []
  const outgoing = createOutgoing({
    clock,
    log,
    budgets: { ...telegramBudgets, ...options.budgets },
    probe: options.probe ?? (() => Promise.resolve()),
    onProblem: () => {},
    onPaused: () => {},
  })
  const start = clock.monotonic()
  /** Submits a job whose call is noted and then does what `call` does. */
  const submit = (name: string, job: Partial<OutgoingJob<unknown>> = {}) =>
    outgoing.submit({
      ...{ chat: GROUP, lane: 'a session', priority: 'final', ...job },
      call: signal => {
        sent.push({ name, at: clock.monotonic() - start })
        return job.call?.(signal) ?? Promise.resolve(name)
      },
    })
  /** The same for a job whose end nobody waits for. */
  const send: (...job: Parameters<typeof submit>) => void = (...job) => void submit(...job).catch(() => {})
  return { clock, outgoing, sent, submit, send, records, names: () => sent.map(each => each.name) }
}

export const fault = {
  limited: (seconds: number) =>
    new TelegramFault('rate-limit', 'too many', { method: 'sendMessage', retryAfterMs: seconds * 1000 }),
  unreached: () => new TelegramFault('unavailable', 'not reached', { method: 'sendMessage' }),
  failed: () => new TelegramFault('unavailable', 'failed', { method: 'sendMessage', isOutcomeUnknown: true }),
  refused: () => new TelegramFault('thread-gone', 'thread gone', { method: 'sendMessage' }),
  migrated: (to: number) => new TelegramFault('migrated', 'moved', { method: 'sendMessage', migratedTo: to }),
}

export { isFault }

/** Numbers between 0 and 1 that are the same in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The most of `times` that lie in any stretch of `lengthMs`. */
export function mostWithin(times: readonly number[], lengthMs: number): number {
  const ascending = [...times].sort((a, b) => a - b)
  let first = 0
  let most = 0
  for (const [last, at] of ascending.entries()) {
    while (at - (ascending[first] ?? at) >= lengthMs) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}
