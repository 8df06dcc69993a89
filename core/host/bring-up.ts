import type { Clock } from '../clock.ts'
import { withDeadline } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import { blame } from './blame.ts'
import type { HookProblems } from './hook-problems.ts'
import type { Undo } from './hooks.ts'

/** How long one undo step may take. */
const UNDO_MS = 10_000

/** What the taps of `onSessionCreate` have done for one session so far. */
export interface BringUp {
  did(plugin: string, undo: Undo): void
  /** Undoes every step, the newest first. A step that fails is noted and does not stop the others; never rejects. */
  undo(): Promise<void>
}

export function createBringUp(clock: Clock, problems: HookProblems): BringUp {
  const steps: { plugin: string; undo: Undo }[] = []
  return {
    did(plugin, undo) {
      steps.push({ plugin, undo })
    },
    async undo() {
      for (let step = steps.pop(); step; step = steps.pop()) {
        const { plugin, undo } = step
        try {
          const work = new Promise(resolve => resolve(undo()))
          await withDeadline(clock, work, UNDO_MS, undoTimeout)
        } catch (thrown) {
          const error = blame(thrown, plugin, 'failed to undo', 'TC_ERR_HOOK_FAILED', 'onSessionCreate')
          problems.record(plugin, 'onSessionCreate', error)
        }
      }
    },
  }
}

function undoTimeout(): Error {
  return new TeleclaudeError('TC_ERR_HOOK_TIMEOUT', `no answer within ${UNDO_MS / 1000} s`)
}
