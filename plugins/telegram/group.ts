import type { Logger } from 'pino'
import type { Health } from './health.ts'
import type { SettingsStore } from './settings-store.ts'
import type { TopicStore } from './topics/topic-store.ts'

/** The supergroup where the topics are. */
export interface Group {
  /** Its id, also after Telegram has given it another than the configuration has. */
  readonly id: number
  /** Telegram says that it has another id now. */
  moved(to: number): void
}

export interface GroupParts {
  readonly settings: SettingsStore
  readonly topics: Pick<TopicStore, 'moveChat'>
  readonly health: Health
  readonly log: Logger
}

export function createGroup(configured: number, { settings, topics, health, log }: GroupParts): Group {
  const name = `moved from ${configured}`
  let id = Number(settings.get(name) ?? configured)
  const tell = () =>
    health.set('group', `The group has another id now: write supergroupId: ${id} into the configuration.`)
  if (id !== configured) tell()
  return {
    get id() {
      return id
    },
    moved(to) {
      if (to === id) return
      log.warn({ from: id, to }, 'the group has another id now')
      topics.moveChat(id, to)
      settings.set(name, String(to))
      id = to
      tell()
    },
  }
}
