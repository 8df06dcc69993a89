import type { Clock, PluginContext } from '../../../core/index.ts'
import type { Group } from '../group.ts'
import type { TelegramOptions } from '../options.ts'
import type { Heard } from './heard.ts'

export interface GateParts {
  readonly options: Pick<TelegramOptions, 'allowedUsers' | 'trustedBots'>
  readonly group: Pick<Group, 'id'>
  /** The id of this bot, whose own doings come back as service messages. */
  readonly self: number
  readonly clock: Clock
  readonly log: PluginContext['log']
}

/** Decides who is heard. Nobody else gets an answer of any kind. */
export interface Gate {
  isHeard(heard: Heard): boolean
}

/** How often one stranger is worth a line in the log. */
const SAY_AGAIN_MS = 3_600_000
/** Of more strangers than this the oldest are forgotten, so that a crowd fills no memory. */
const MAX_STRANGERS = 1000

/** Each computer's bot looks after its own topics, and the others see it. */
function isOfBots({ person, type }: Heard): boolean {
  return person.isBot && type.startsWith('topic-')
}

export function createGate({ options, group, self, clock, log }: GateParts): Gate {
  const people = new Set(options.allowedUsers)
  const bots = new Set(options.trustedBots)
  const strangers = new Map<number, number>()

  const isKnown = ({ person, chat, isPrivate }: Heard) => {
    const isPlace = chat === group.id || (isPrivate && chat === person.id)
    // By numeric id alone: names can be anybody's.
    return isPlace && (person.isBot ? bots.has(person.id) : people.has(person.id))
  }
  const note = ({ person, chat }: Heard) => {
    const now = clock.now()
    if (now - (strangers.get(person.id) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return
    strangers.delete(person.id)
    strangers.set(person.id, now)
    const [oldest] = strangers.keys()
    if (strangers.size > MAX_STRANGERS && oldest !== undefined) strangers.delete(oldest)
    log.warn({ user: person.id, bot: person.isBot, chat }, 'somebody who is not allowed spoke to the bot')
  }
  return {
    isHeard(heard) {
      if (heard.person.id === self) return false
      const isHeard = isKnown(heard)
      if (!isHeard && !isOfBots(heard)) note(heard)
      return isHeard
    },
  }
}
