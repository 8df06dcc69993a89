import type { Chat as ChatShape, User } from '@grammyjs/types'
import type { BotAccount } from './accounts.ts'
import type { ChatMessage } from './chat-message.ts'
import { Members } from './members.ts'
import { Topic } from './topic.ts'

/** One thing that happened in a chat; the newest state of a message may be another one by now. */
export interface ChatEvent {
  readonly kind: 'sent' | 'edited' | 'deleted'
  readonly message: ChatMessage
  readonly text: string
  readonly at: number
}

/** A place where messages are. */
export abstract class Chat {
  readonly id: number
  readonly history: ChatEvent[] = []
  readonly #messages = new Map<number, ChatMessage>()
  #lastId = 0
  /** The newest last. */
  pinned: readonly ChatMessage[] = []
  /** Of all bots here, the one that spoke last. */
  lastSpeaker: BotAccount | null = null

  constructor(id: number) {
    this.id = id
  }

  abstract readonly shape: ChatShape
  abstract readonly bots: readonly BotAccount[]

  nextMessageId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  add(message: ChatMessage): void {
    this.#messages.set(message.id, message)
    this.history.push({ kind: 'sent', message, text: message.text, at: message.at })
  }

  /** Undefined where it was never there, or was deleted. */
  message(id: number | undefined): ChatMessage | undefined {
    const found = id === undefined ? undefined : this.#messages.get(id)
    return found?.isDeleted ? undefined : found
  }

  /** What nobody deleted, oldest first; service messages too. */
  get everything(): readonly ChatMessage[] {
    return [...this.#messages.values()].filter(({ isDeleted }) => !isDeleted)
  }

  get messages(): readonly ChatMessage[] {
    return this.everything.filter(message => !message.isService)
  }

  get texts(): readonly string[] {
    return this.messages.map(({ text }) => text)
  }
}

/** A person's chat with one bot. */
export class PrivateChat extends Chat {
  readonly person: User
  readonly bot: BotAccount
  /** Before that, the bot may not write. */
  isStarted = false
  isBlocked = false

  constructor(person: User, bot: BotAccount) {
    super(person.id)
    this.person = person
    this.bot = bot
  }

  get shape(): ChatShape.PrivateChat {
    const { id, first_name, username } = this.person
    return { id, type: 'private', first_name, ...(username && { username }) }
  }

  get bots(): readonly BotAccount[] {
    return this.isBlocked ? [] : [this.bot]
  }
}

export interface GroupOptions {
  readonly title: string
  readonly kind: 'group' | 'supergroup'
  readonly isForum: boolean
  readonly owner: User
}

/** A group, with topics or without. */
export class Group extends Chat {
  readonly kind: 'group' | 'supergroup'
  readonly owner: User
  readonly members = new Members()
  readonly general: Topic
  readonly #topics = new Map<number, Topic>()
  readonly #botOf: (userId: number) => BotAccount | undefined
  title: string
  isForum: boolean
  /** What it was made into; it is then no longer used. */
  migratedTo: Group | null = null

  constructor(id: number, options: GroupOptions, botOf: (userId: number) => BotAccount | undefined) {
    super(id)
    this.kind = options.kind
    this.owner = options.owner
    this.title = options.title
    this.isForum = options.isForum
    this.#botOf = botOf
    this.general = new Topic(this, null, options.owner, 'General')
  }

  get shape(): ChatShape.GroupChat | ChatShape.SupergroupChat {
    const { id, title } = this
    if (this.kind === 'group') return { id, title, type: 'group' }
    return { id, title, type: 'supergroup', ...(this.isForum && { is_forum: true }) }
  }

  get bots(): readonly BotAccount[] {
    return this.members.present.flatMap(({ user }) => this.#botOf(user.id) ?? [])
  }

  /** The topics there are, oldest first, without General. */
  get topics(): readonly Topic[] {
    return [...this.#topics.values()].filter(({ isDeleted }) => !isDeleted)
  }

  /** Those that were deleted too. */
  get allTopics(): readonly Topic[] {
    return [...this.#topics.values()]
  }

  topicById(id: number): Topic | undefined {
    const topic = this.#topics.get(id)
    return topic?.isDeleted ? undefined : topic
  }

  addTopic(id: number, topic: Topic): void {
    this.#topics.set(id, topic)
  }
}
