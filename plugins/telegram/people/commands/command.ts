import type { Occasion, PeopleParts } from '../people-parts.ts'

export type CommandOccasion = Occasion<'command'>

/** Something that people ask for by `/name`. */
export interface Command {
  readonly name: string
  /** What Telegram shows in its menu: at most 256 characters. */
  readonly summary: string
  /** What may follow, as /help shows it. */
  readonly usage?: string
  /** Whether it is about the session of the topic where it is said. */
  readonly isInSession: boolean
  run(parts: PeopleParts, occasion: CommandOccasion): Promise<void> | void
}
