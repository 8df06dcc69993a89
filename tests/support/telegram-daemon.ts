import { afterAll, beforeAll } from 'vitest'
import { type DaemonSetup, TestDaemon } from './daemon.ts'
import type { ChatMessage, ServerOptions, Topic } from './telegram/index.ts'
import { createRoom, type Room } from './telegram-room.ts'
import { until } from './until.ts'

/** One session as somebody in Telegram has it. */
export interface Watched {
  readonly id: string
  readonly topic: Topic
  /** What the bot said, oldest first. */
  readonly said: readonly ChatMessage[]
  /** Writes into the topic. */
  type(text: string): void
  /** Settles with the first message of the bot's that is like this, or comes to be. */
  sees(what: string | RegExp): Promise<ChatMessage>
}

/** A room and one daemon in it, for all tests of a file. */
export interface RoomForFile {
  readonly room: Room
  readonly daemon: TestDaemon
  start(title: string, input?: object): Promise<Watched>
}

export interface RoomSetup extends DaemonSetup {
  readonly server?: ServerOptions
  /** Of the plugin. */
  readonly options?: object
  /** Before the daemon starts. */
  prepare?(room: Room): void | Promise<void>
}

export function roomForFile(setup: RoomSetup = {}): RoomForFile {
  let room: Room | undefined
  let daemon: TestDaemon | undefined
  const opened = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('it is opened before the first test')
    return value
  }
  beforeAll(async () => {
    room = await createRoom(setup.server)
    await setup.prepare?.(room)
    daemon = newDaemon(room, setup)
    await daemon.start()
  })
  afterAll(async () => {
    await daemon?.end()
    await room?.telegram[Symbol.asyncDispose]()
  })
  return {
    get room() {
      return opened(room)
    },
    get daemon() {
      return opened(daemon)
    },
    start: (title, input) => watched(opened(room), opened(daemon), title, input),
  }
}

/** A daemon in a room, not started yet. */
export function newDaemon(room: Room, { plugins = ['terminal'], options, ...setup }: RoomSetup = {}) {
  return new TestDaemon({ ...setup, plugins: [...plugins, room.plugin(options)] })
}

/** Starts a session, and finds its topic. */
export async function watched(
  room: Room,
  daemon: TestDaemon,
  title: string,
  input: object = {},
): Promise<Watched> {
  const id = await daemon.session({ title, ...input })
  return watchedIn(room, id, await room.topic(title))
}

export function watchedIn({ ada, bot }: Room, id: string, topic: Topic): Watched {
  const said = () => topic.messages.filter(({ from }) => from.id === bot.id)
  const isLike = (text: string, what: string | RegExp) =>
    typeof what === 'string' ? text.includes(what) : what.test(text)
  return {
    id,
    topic,
    get said() {
      return said()
    },
    type: text => void ada.say(topic, text),
    sees: what =>
      until(() => said().find(({ text }) => isLike(text, what)), `a message like ${what}`).catch(error => {
        throw new Error(
          `${error.message}; there are:\n${said()
            .map(({ text }) => text.slice(0, 500))
            .join('\n---\n')}`,
        )
      }),
  }
}
