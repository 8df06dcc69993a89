import type { CallbackQuery, Update, User } from '@grammyjs/types'
import { BotAccount, type BotOptions } from './accounts.ts'
import { badRequest } from './api-error.ts'
import { Changes } from './changes.ts'
import { type Chat, Group, type GroupOptions, PrivateChat } from './chat.ts'
import { FileStore } from './files.ts'
import type { Settings } from './settings.ts'
import type { ShapeCheck } from './shape-check.ts'
import { UpdateQueue } from './update-queue.ts'

/** What a bot answered to a button. */
export interface QueryAnswer {
  readonly text: string | undefined
  readonly isAlert: boolean
}

export interface OpenQuery {
  readonly bot: BotAccount
  readonly query: CallbackQuery
  readonly answer: (answer: QueryAnswer) => void
}

/** Everything that Telegram knows. Ids do not fit into 32 bits, as real ones do not. */
export class World {
  readonly settings: Settings
  readonly shapes: ShapeCheck
  readonly changes = new Changes()
  readonly files = new FileStore()
  readonly violations: string[] = []
  readonly bots = new Map<number, BotAccount>()
  readonly people = new Map<number, User>()
  readonly groups = new Map<number, Group>()
  /** Button presses that wait for an answer, by id. */
  readonly queries = new Map<string, OpenQuery>()
  readonly #private = new Map<string, PrivateChat>()
  #made = 0

  constructor(settings: Settings, shapes: ShapeCheck) {
    this.settings = settings
    this.shapes = shapes
  }

  get now(): number {
    return this.settings.clock.now()
  }

  /** Something that is against the Bot API: it fails the test when the server closes. */
  violate(what: string): void {
    this.violations.push(what)
  }

  nextNumber(): number {
    this.#made += 1
    return this.#made
  }

  addBot(options: BotOptions): BotAccount {
    const number = this.nextNumber()
    const check = (update: Update) => this.#checkUpdate(update)
    const queue = new UpdateQueue(this.settings.clock, 100_000_000 + number * 1_000_000, check)
    const bot = new BotAccount(7_200_000_000 + number, options, queue)
    this.bots.set(bot.id, bot)
    return bot
  }

  /** The bot that a token is of, as long as it is good. */
  botWith(token: string): BotAccount | undefined {
    return [...this.bots.values()].find(bot => bot.token === token && bot.isTokenValid)
  }

  addPerson(firstName: string, username?: string): User {
    const id = 6_100_000_000 + this.nextNumber()
    const user = { id, is_bot: false, first_name: firstName, ...(username && { username }) }
    this.people.set(id, user)
    return user
  }

  addGroup(options: GroupOptions): Group {
    const number = this.nextNumber()
    const id = options.kind === 'group' ? -4_100_000_000 - number : -1_002_100_000_000 - number
    const group = new Group(id, options, userId => this.bots.get(userId))
    group.members.set({ user: options.owner, status: 'creator', rights: new Set() })
    this.groups.set(id, group)
    return group
  }

  privateChat(person: User, bot: BotAccount): PrivateChat {
    const key = `${person.id}:${bot.id}`
    const chat = this.#private.get(key) ?? new PrivateChat(person, bot)
    this.#private.set(key, chat)
    return chat
  }

  /** The chat that a bot means by a number; whether it may do anything there is another question. */
  chatFor(bot: BotAccount, chatId: number | string): Chat {
    const id = Number(chatId)
    const person = this.people.get(id)
    const chat = person ? this.privateChat(person, bot) : this.groups.get(id)
    if (!chat) throw badRequest(chatId === '' ? 'chat_id is empty' : 'chat not found')
    return chat
  }

  #checkUpdate(update: Update): void {
    for (const fault of this.shapes.update(update))
      this.violate(`the test server made a wrong update: ${fault}`)
  }
}
