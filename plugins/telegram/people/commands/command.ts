import { TeleclaudeError } from '../../../../core/index.ts'
import type { TopicRecord } from '../../topics/topic-store.ts'
import type { Occasion, PeopleParts } from '../people-parts.ts'

export type CommandOccasion = Occasion<'command'>

/** Something that people ask for by `/name`. */
export interface Command {
  readonly name: string
  /** What Telegram shows in its menu: at most 256 characters. */
  readonly summary: string
  /** What may follow, as /help shows it. */
  readonly usage?: string
  run(parts: PeopleParts, occasion: CommandOccasion): Promise<void>
}

/** @throws TC_ERR_INVALID_INPUT outside the topic of a session */
export function sessionOf({ record }: Pick<Occasion, 'record'>): TopicRecord {
  if (record) return record
  throw new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    'Say that in the topic of a session; /sessions lists them.',
  )
}
