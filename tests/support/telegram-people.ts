import { afterAll, beforeAll } from 'vitest'
import { TestDaemon } from './daemon.ts'
import type { Chat, ChatMessage, Person, PrivateChat, ServerOptions, Topic } from './telegram/index.ts'
import { createRoom, type Room } from './telegram-room.ts'
import { until } from './until.ts'

/** A room with two people who are heard and one who is not, and its daemon. */
export interface PeopleRoom extends Room {
  readonly daemon: TestDaemon
  readonly grace: Person
  /** In the group, but not heard. */
  readonly eve: Person
  /** Starts a session; settles when its topic has the card. */
  start(title: string, input?: object): Promise<Started>
  /** What the bot said in a place, oldest first. */
  said(place: Chat | Topic | PrivateChat): readonly ChatMessage[]
  /** Settles with the first message of the bot's in a place that is like this, or comes to be. */
  sees(place: Chat | Topic, what: string | RegExp): Promise<ChatMessage>
  /** Settles with the bot's answer to a message. */
  answer(message: ChatMessage): Promise<ChatMessage>
  /** Settles when everything that was said is done, as far as the daemon tells. */
  quiet(): Promise<void>
}

export interface Started {
  readonly id: string
  readonly topic: Topic
  readonly card: ChatMessage
}

export interface PeopleSetup {
  readonly server?: ServerOptions
  /** Of the plugin. */
  readonly options?: (room: Room) => object
  readonly plugins?: readonly unknown[]
  readonly config?: Readonly<Record<string, unknown>>
  readonly files?: Readonly<Record<string, string>>
}

/** One for all tests of a file. */
export function peopleForFile(setup: PeopleSetup = {}): PeopleRoom {
  let opened: PeopleRoom | undefined
  beforeAll(async () => {
    opened = await openPeople(setup)
    await opened.daemon.start()
  })
  afterAll(async () => {
    await opened?.daemon.end()
    await opened?.telegram[Symbol.asyncDispose]()
  })
  // It is there when the first test begins, and what it has stays the same.
  return new Proxy({} as PeopleRoom, {
    get(_, name) {
      if (!opened) throw new Error('it is opened before the first test')
      return Reflect.get(opened, name)
    },
  })
}

async function openPeople({ server, options, plugins = ['terminal', 'registry'], ...rest }: PeopleSetup) {
  const room = await createRoom(server)
  const people = peopleIn(room)
  const own = { allowedUsers: people.allowed, ...options?.(room) }
  return people.with(new TestDaemon({ ...rest, plugins: [...plugins, room.plugin(own)] }))
}

/** Has people come into a room, whose daemon is made after that. */
export function peopleIn(room: Room): {
  /** For the plugin's option `allowedUsers`. */
  readonly allowed: readonly number[]
  with(daemon: TestDaemon): PeopleRoom
} {
  const { telegram, forum, ada } = room
  const [grace, eve] = ['Grace', 'Eve'].map(firstName => telegram.addUser({ firstName })) as [Person, Person]
  for (const person of [grace, eve]) telegram.join(forum, person)
  return {
    allowed: [ada.id, grace.id],
    with: daemon => ({ ...room, ...looks(room, daemon), daemon, grace, eve }),
  }
}

function looks(room: Room, daemon: TestDaemon): Omit<PeopleRoom, keyof Room | 'daemon' | 'grace' | 'eve'> {
  const { forum, bot } = room
  const said = (place: Chat | Topic) => place.messages.filter(({ from }) => from.id === bot.id)
  const sees: PeopleRoom['sees'] = async (place, what) => {
    const isLike = (text: string) => (typeof what === 'string' ? text.includes(what) : what.test(text))
    try {
      return await until(() => said(place).find(({ text }) => isLike(text)), `a message like ${what}`)
    } catch (error) {
      const texts = said(place).map(({ text }) => text.slice(0, 300))
      throw new Error(`there are only:\n${texts.join('\n--\n')}`, { cause: error })
    }
  }
  return {
    said,
    sees,
    async start(title, input = {}) {
      const id = await daemon.session({ title, ...input })
      const topic = await room.topic(title)
      return { id, topic, card: await sees(topic, id) }
    },
    answer: message =>
      until(
        () => said(message.topic ?? message.chat).find(({ replyTo }) => replyTo === message),
        `an answer to '${message.text}'`,
      ),
    async quiet() {
      const isIdle = () => bot.isPolling && bot.pendingUpdates === 0
      await until(isIdle, 'a bot that has heard everything')
      const { length } = forum.everything
      await daemon.status()
      await until(() => isIdle() && forum.everything.length === length, 'a quiet group')
    },
  }
}
