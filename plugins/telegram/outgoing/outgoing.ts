import type { Clock, PluginContext } from '../../../core/index.ts'
import type { Outgoing, OutgoingBudgets } from './job.ts'

export * from './job.ts'

/** What the {@link Outgoing} of a bot is made of. */
export interface OutgoingParts {
  readonly clock: Clock
  readonly log: PluginContext['log']
  readonly budgets: OutgoingBudgets
  /** A call that changes nothing, such as getMe: made while Telegram cannot be reached, to see whether it can. */
  probe(signal: AbortSignal): Promise<unknown>
}
