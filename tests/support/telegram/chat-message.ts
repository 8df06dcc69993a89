import type { InlineKeyboardMarkup, Message, MessageEntity, ReactionType, User } from '@grammyjs/types'
import type { Chat } from './chat.ts'
import type { StoredFile } from './files.ts'
import type { Topic } from './topic.ts'

/** The parts of a message that say that something happened, such as `forum_topic_created`. */
export type ServiceContent = Partial<Message>

/** What a message is made of. */
export interface MessageContent {
  readonly text?: string
  readonly entities?: readonly MessageEntity[]
  readonly caption?: string
  readonly captionEntities?: readonly MessageEntity[]
  readonly document?: StoredFile
  readonly photo?: StoredFile
  readonly album?: string
  readonly service?: ServiceContent
}

/** One state that a message was seen in. */
export interface Sighting {
  readonly kind: 'sent' | 'edited' | 'deleted'
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly text: string
  /** True where phones made a sound. Edits never do. */
  readonly notified: boolean
}

export interface MessageOrigins {
  readonly id: number
  readonly chat: Chat
  /** Null in chats without topics, and in General. */
  readonly topic: Topic | null
  readonly from: User
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly isSilent?: boolean
  readonly replyTo?: ChatMessage | undefined
  readonly forwardedFrom?: User | undefined
  readonly keyboard?: InlineKeyboardMarkup | undefined
  /** Any other keyboard: a message that has one cannot be edited. */
  readonly hasReplyKeyboard?: boolean
}

/** One message, as a person sees it. */
export class ChatMessage {
  readonly id: number
  readonly chat: Chat
  readonly topic: Topic | null
  readonly from: User
  readonly at: number
  readonly replyTo: ChatMessage | undefined
  readonly forwardedFrom: User | undefined
  readonly hasReplyKeyboard: boolean
  /** Everything that it was, oldest first. */
  readonly sightings: Sighting[] = []
  /** By the id of who reacted. */
  readonly reactions = new Map<number, readonly ReactionType[]>()
  content: MessageContent
  keyboard: InlineKeyboardMarkup | undefined
  editedAt: number | null = null
  isDeleted = false

  constructor(origins: MessageOrigins, content: MessageContent) {
    this.id = origins.id
    this.chat = origins.chat
    this.topic = origins.topic
    this.from = origins.from
    this.at = origins.at
    this.replyTo = origins.replyTo
    this.forwardedFrom = origins.forwardedFrom
    this.hasReplyKeyboard = origins.hasReplyKeyboard ?? false
    this.keyboard = origins.keyboard
    this.content = content
    const notified = !origins.isSilent && !content.service
    this.sightings.push({ kind: 'sent', at: origins.at, text: this.text, notified })
  }

  /** The text or the caption, after parsing. */
  get text(): string {
    return this.content.text ?? this.content.caption ?? ''
  }

  get entities(): readonly MessageEntity[] {
    return this.content.entities ?? this.content.captionEntities ?? []
  }

  get isService(): boolean {
    return this.content.service !== undefined
  }

  get document(): StoredFile | undefined {
    return this.content.document
  }

  get photo(): StoredFile | undefined {
    return this.content.photo
  }

  /** The inline buttons, row by row. */
  get buttons(): readonly (readonly string[])[] {
    return (this.keyboard?.inline_keyboard ?? []).map(row => row.map(({ text }) => text))
  }

  /** How often it was edited. */
  get edits(): number {
    return this.sightings.filter(({ kind }) => kind === 'edited').length
  }

  /** The texts of all entities of a type, such as 'pre'. */
  entityTexts(type: MessageEntity['type']): readonly string[] {
    const found = this.entities.filter(entity => entity.type === type)
    return found.map(({ offset, length }) => this.text.slice(offset, offset + length))
  }
}
