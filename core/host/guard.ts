import type { FullTap } from 'tapable'
import { type Clock, withDeadline } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import { blame } from './blame.ts'
import type { HookProblems } from './hook-problems.ts'
import type { HookName } from './hooks.ts'

/** One plugin's stake in the hooks. Its taps do nothing once it has ended: tapable cannot remove them. */
export interface TapOwner {
  readonly plugin: string
  ended: boolean
}

/** Whose tap it is; tapable carries it along with the tap. */
export interface Owned {
  readonly owner: TapOwner
}

/** A plugin's function, made safe to call. */
export interface GuardedTap {
  readonly owner: TapOwner
  /** Rejects with an error that blames the plugin and the hook, at the latest at the hook's deadline. */
  call(...args: unknown[]): Promise<unknown>
  /** Settles once the newest call of the plugin's function has, however late; never rejects. */
  settled(): Promise<void>
  /** Notes a failure for operators to see. */
  report(error: TeleclaudeError): void
}

/** How one hook treats its taps. */
export interface TapPolicy<Args extends readonly unknown[]> {
  readonly hook: HookName
  readonly deadlineMs: number
  /** Makes what tapable calls instead of the plugin's function, for as long as the plugin lives. */
  wrap(tap: GuardedTap): (...args: Args) => unknown
  /** Given what a tap returned after its deadline had passed. */
  late?(value: unknown, plugin: string): void
}

/**
 * tapable gives no isolation, no deadline and no way to remove a tap. This interceptor, installed once on each hook,
 * gives all three: every tap is wrapped when it is registered, before tapable sees it.
 */
export function guard<Args extends readonly unknown[]>(
  clock: Clock,
  problems: HookProblems,
  policy: TapPolicy<Args>,
): { register(tap: FullTap & Owned): FullTap & Owned } {
  return {
    register(tap) {
      const { owner } = tap
      const wrapped = policy.wrap(guardTap(clock, problems, policy, tap))
      // async, so that a synchronous throw is a rejection like any other and later taps are still called.
      const fn = async (...args: Args) => (owner.ended ? undefined : await wrapped(...args))
      return { ...tap, type: 'promise', fn }
    },
  }
}

function guardTap<Args extends readonly unknown[]>(
  clock: Clock,
  problems: HookProblems,
  { hook, deadlineMs, late }: TapPolicy<Args>,
  { owner, fn }: FullTap & Owned,
): GuardedTap {
  let work: Promise<unknown> = Promise.resolve()
  return {
    owner,
    async call(...args) {
      let isLate = false
      // Its own, too: for another session the tap may be called again before this call has ended.
      const own = new Promise(resolve => resolve(fn(...args)))
      work = own
      try {
        return await withDeadline(clock, own, deadlineMs, () => {
          isLate = true
          return new TeleclaudeError('TC_ERR_HOOK_TIMEOUT', `no answer within ${deadlineMs / 1000} s`)
        })
      } catch (thrown) {
        if (isLate) own.then(value => late?.(value, owner.plugin), noop)
        throw blame(thrown, owner.plugin, `failed in ${hook}`, 'TC_ERR_HOOK_FAILED', hook)
      }
    },
    settled: () => work.then(noop, noop),
    report: error => problems.record(owner.plugin, hook, error),
  }
}

function noop(): void {}
