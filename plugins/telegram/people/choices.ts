import { randomBytes } from 'node:crypto'
import { BoundedMap, type Clock } from '../../../core/index.ts'
import type { Occasion } from './people-parts.ts'

/** A question with buttons that waits for its answer. */
export interface Choice {
  readonly person: number
  readonly options: readonly string[]
  /** Goes on with the option that was picked, on the occasion of the press. */
  pick(option: string, occasion: Occasion<'press'>): Promise<void> | void
}

/** The questions that are open. They end with the daemon: whoever presses then is told to ask again. */
export interface Choices {
  /** Returns the name that its buttons carry. @param openMs how long it may be answered; default 10 minutes */
  open(choice: Choice, openMs?: number): string
  /** Null if it is over, or somebody else's. */
  find(name: string, person: number): Choice | null
  /** Takes the choice away: it is answered once. */
  take(name: string, person: number): Choice | null
  /** Whether this person has answered it already, as far as is remembered. */
  isAnswered(name: string, person: number): boolean
}

/** A question that nobody answered for so long is forgotten. */
const OPEN_MS = 600_000
const MAX_OPEN = 200

export function createChoices(clock: Clock): Choices {
  const open = new BoundedMap<string, { readonly choice: Choice; readonly until: number }>(MAX_OPEN)
  const answered = new BoundedMap<string, number>(MAX_OPEN)
  const find = (name: string, person: number) => {
    const found = open.get(name)
    return found?.choice.person === person && found.until > clock.now() ? found.choice : null
  }
  return {
    open(choice, openMs = OPEN_MS) {
      const name = randomBytes(6).toString('base64url')
      open.set(name, { choice, until: clock.now() + openMs })
      return name
    },
    find,
    take(name, person) {
      const found = find(name, person)
      if (found) open.delete(name)
      if (found) answered.set(name, person)
      return found
    },
    isAnswered: (name, person) => answered.get(name) === person,
  }
}
