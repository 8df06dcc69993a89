import { BoundedMap, type Clock, type PluginContext } from '../../../core/index.ts'
import type { Heard } from './heard.ts'

/** Two bots that answer each other say more than this within the time, while no person says anything. */
const MAX_OF_BOTS = 20
const WINDOW_MS = 600_000
const MAX_PLACES = 1000

/** Stops hearing bots where they talk without a person. */
export interface BotLoops {
  isLooping(heard: Heard): boolean
}

export function createBotLoops(clock: Clock, log: PluginContext['log']): BotLoops {
  const places = new BoundedMap<string, { count: number; since: number }>(MAX_PLACES)
  return {
    isLooping({ chat, topic, person }) {
      const place = `${chat} ${topic}`
      if (!person.isBot) {
        places.delete(place)
        return false
      }
      const now = clock.now()
      const known = places.get(place)
      const isOver = !known || (known.count <= MAX_OF_BOTS && now - known.since > WINDOW_MS)
      const talk = isOver ? { count: 0, since: now } : known
      places.set(place, talk)
      if (++talk.count === MAX_OF_BOTS + 1)
        log.warn(
          { bot: person.id, chat, topic },
          'bots talk to each other: they are not heard there until a person speaks',
        )
      return talk.count > MAX_OF_BOTS
    },
  }
}
