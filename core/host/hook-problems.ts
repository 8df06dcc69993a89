import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { TeleclaudeError } from '../errors.ts'
import type { HookName } from './hooks.ts'

/** The newest failure of one plugin in one hook. */
export interface HookProblem {
  readonly plugin: string
  readonly hook: HookName
  readonly message: string
  /** When it last happened, in milliseconds since the Unix epoch. */
  readonly at: number
  /** How often it happened. */
  readonly count: number
}

export interface HookProblems {
  record(plugin: string, hook: HookName, error: TeleclaudeError): void
  clear(plugin: string, hook: HookName): void
  list(): readonly HookProblem[]
}

/** Keeps one problem per plugin and hook, so that it stays small however often a tap fails. */
export function createHookProblems(clock: Clock, log: Logger): HookProblems {
  const problems = new Map<string, HookProblem>()
  return {
    record(plugin, hook, error) {
      const key = `${plugin} ${hook}`
      const count = (problems.get(key)?.count ?? 0) + 1
      problems.set(key, { plugin, hook, message: error.message, at: clock.now(), count })
      log.error({ plugin, hook, count, err: error }, 'a plugin failed in a hook')
    },
    clear(plugin, hook) {
      problems.delete(`${plugin} ${hook}`)
    },
    list: () => [...problems.values()],
  }
}
