import { onTestFinished } from 'vitest'
import { type DaemonSetup, TestDaemon } from './daemon.ts'
import {
  type Bot,
  type Group,
  NO_LIMITS,
  type Person,
  type ServerOptions,
  TelegramServer,
  type Topic,
} from './telegram/index.ts'
import { until } from './until.ts'

export interface RoomSettings {
  readonly apiRoot: string
  readonly token: string
  readonly supergroupId: number
  readonly allowedUsers: number[]
}

/** A forum with a bot and somebody who is allowed, on a Telegram of its own. */
export interface Room {
  readonly telegram: TelegramServer
  readonly forum: Group
  readonly bot: Bot
  readonly ada: Person
  /** The plugin's options. */
  settings(options?: object, bot?: Bot): RoomSettings
  /** The plugin's entry of a configuration. */
  plugin(options?: object, bot?: Bot): unknown
  /** Settles with the topic whose name ends like this. */
  topic(title: string): Promise<Topic>
}

/** One that ends with the test. */
export async function openRoom(options?: ServerOptions): Promise<Room> {
  const room = await createRoom(options)
  onTestFinished(() => room.telegram[Symbol.asyncDispose]())
  return room
}

/** Whoever makes it has to end its Telegram. */
export async function createRoom(options: ServerOptions = { limits: NO_LIMITS }): Promise<Room> {
  const telegram = await TelegramServer.start(options)
  const ada = telegram.addUser({ firstName: 'Ada' })
  const forum = telegram.createForum({ title: 'Sessions', owner: ada })
  const bot = telegram.addBot({ username: 'alpha_bot' })
  telegram.join(forum, bot, { admin: true })
  const found = (title: string) => forum.topics.find(topic => topic.name.endsWith(title))
  const settings: Room['settings'] = (more = {}, { token } = bot) => ({
    // Without limits of the server's, what is tested is not how slow Telegram is.
    ...{ messagesPerMinute: 10_000, liveEditsPerMinute: 10_000 },
    ...{ apiRoot: telegram.apiRoot, token, supergroupId: forum.id, allowedUsers: [ada.id] },
    ...more,
  })
  return {
    ...{ telegram, forum, bot, ada },
    settings,
    plugin: (more, other) => ['telegram', settings(more, other)],
    topic: title => until(() => found(title), `the topic '${title}'`),
  }
}

/** A daemon of a room. */
export function roomDaemon(
  room: Room,
  { plugins = ['terminal', 'registry'], ...setup }: DaemonSetup = {},
  options?: object,
): Promise<TestDaemon> {
  return TestDaemon.inTest({ ...setup, plugins: [...plugins, room.plugin(options)] })
}
