import type { User } from '@grammyjs/types'
import type { Group } from './chat.ts'
import type { ChatMessage } from './chat-message.ts'

/** One topic of a forum. */
export class Topic {
  readonly forum: Group
  /** Its `message_thread_id`; null for General. */
  readonly id: number | null
  readonly creator: User
  name: string
  iconColor: number
  iconCustomEmojiId: string | undefined
  isClosed = false
  isDeleted = false

  constructor(forum: Group, id: number | null, creator: User, name: string, icon: TopicIcon = {}) {
    this.forum = forum
    this.id = id
    this.creator = creator
    this.name = name
    this.iconColor = icon.color ?? 0x6fb9f0
    this.iconCustomEmojiId = icon.customEmojiId
  }

  get isGeneral(): boolean {
    return this.id === null
  }

  /** What people and bots said and nobody deleted, oldest first. */
  get messages(): readonly ChatMessage[] {
    return this.everything.filter(message => !message.isService)
  }

  get texts(): readonly string[] {
    return this.messages.map(({ text }) => text)
  }

  /** Service messages too. */
  get everything(): readonly ChatMessage[] {
    const own = this.isGeneral ? null : this
    return this.forum.everything.filter(({ topic }) => topic === own)
  }
}

export interface TopicIcon {
  readonly color?: number | undefined
  readonly customEmojiId?: string | undefined
}
