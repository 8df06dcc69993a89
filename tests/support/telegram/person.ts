import type { ReactionType, User } from '@grammyjs/types'
import type { Bot } from './bot.ts'
import { type Chat, Group, type PrivateChat } from './chat.ts'
import type { ChatMessage, MessageContent } from './chat-message.ts'
import { formatText } from './formatted-text.ts'
import { toChatMember } from './members.ts'
import { changeMembership } from './membership.ts'
import { seconds } from './message-shape.ts'
import { edit, post, remove } from './posting.ts'
import { type PressedButton, press } from './pressing.ts'
import type { Topic } from './topic.ts'
import { closeTopic, createTopic, deleteTopic, editTopic, reopenTopic } from './topic-acts.ts'
import type { QueryAnswer, World } from './world.ts'

/** Where somebody says something: a group, one of its topics, or a bot's private chat. */
export type Place = Chat | Topic | Bot

export interface SayOptions {
  readonly replyTo?: ChatMessage
  /** The message is one of theirs, forwarded. */
  readonly forwardedFrom?: Person
}

export interface FileOptions extends Pick<SayOptions, 'forwardedFrom'> {
  readonly caption?: string
  readonly mimeType?: string
  /** Files that a person sends together; each comes as a message of its own. */
  readonly album?: string
}

/** A person with Telegram on a phone. What Telegram does not let them do throws. */
export class Person {
  readonly user: User
  readonly #world: World

  constructor(world: World, user: User) {
    this.#world = world
    this.user = user
  }

  get id(): number {
    return this.user.id
  }

  /** Commands, links and names in the text are marked as Telegram marks them. */
  say(place: Place, text: string, options: SayOptions = {}): ChatMessage {
    const { text: said, entities } = formatText({ text })
    if (said === '') throw new Error('Telegram sends no empty messages')
    return this.#post(place, { text: said, entities }, options)
  }

  sendDocument(place: Place, bytes: Uint8Array, name: string, options: FileOptions = {}): ChatMessage {
    const document = this.#world.files.add(bytes, name, options.mimeType)
    return this.#post(place, { document, ...captionOf(options) }, options)
  }

  sendPhoto(place: Place, bytes: Uint8Array, options: FileOptions = {}): ChatMessage {
    const photo = this.#world.files.add(bytes, 'photo.jpg', options.mimeType)
    return this.#post(place, { photo, ...captionOf(options) }, options)
  }

  editMessage(message: ChatMessage, text: string): void {
    if (message.from.id !== this.id) throw new Error(`${this.user.first_name} did not write this message`)
    const formatted = formatText({ text })
    const { document, photo } = message.content
    const kept = { ...(document && { document }), ...(photo && { photo }) }
    const isText = message.content.text !== undefined
    edit(this.#world, message, {
      ...kept,
      ...(isText
        ? { text: formatted.text, entities: formatted.entities }
        : { caption: formatted.text, captionEntities: formatted.entities }),
    })
  }

  /** Bots are not told. */
  deleteMessage(message: ChatMessage): void {
    if (message.from.id !== this.id) this.#needRight(message.chat, 'can_delete_messages')
    remove(this.#world, message)
  }

  react(message: ChatMessage, reaction: readonly ReactionType[]): void {
    const before = message.reactions.get(this.id) ?? []
    message.reactions.set(this.id, reaction)
    for (const bot of message.chat.bots)
      bot.updates.push('message_reaction', {
        chat: message.chat.shape,
        message_id: message.id,
        user: this.user,
        date: seconds(this.#world.now),
        old_reaction: [...before],
        new_reaction: [...reaction],
      })
  }

  /**
   * Presses an inline button, named by its text or its data; `{ data }` sends any data, as a client that was tampered with
   * can. Resolves with what the bot answered, or with null when it did not in time.
   */
  press(message: ChatMessage, button: PressedButton): Promise<QueryAnswer | null> {
    return press(this.#world, this.user, message, button)
  }

  createTopic(forum: Group, name: string): Topic {
    this.#needRight(forum, 'can_manage_topics')
    return createTopic(this.#world, forum, this.user, name)
  }

  closeTopic(topic: Topic): void {
    this.#needTopic(topic)
    closeTopic(this.#world, topic, this.user)
  }

  reopenTopic(topic: Topic): void {
    this.#needTopic(topic)
    reopenTopic(this.#world, topic, this.user)
  }

  renameTopic(topic: Topic, name: string): void {
    this.#needTopic(topic)
    editTopic(this.#world, topic, this.user, { name })
  }

  deleteTopic(topic: Topic): void {
    this.#needRight(topic.forum, 'can_delete_messages')
    deleteTopic(this.#world, topic)
  }

  kick(group: Group, who: Person | Bot): void {
    this.#needRight(group, 'can_restrict_members')
    changeMembership(this.#world, group, { user: who.user, status: 'kicked', rights: new Set() }, this.user)
  }

  /** Opens a private chat with a bot, as its Start button does. */
  start(bot: Bot): ChatMessage {
    return this.say(bot, '/start')
  }

  /** The private chat with a bot, also before it was started. */
  chatWith(bot: Bot): PrivateChat {
    return this.#world.privateChat(this.user, bot.account)
  }

  block(bot: Bot): void {
    this.#setBlocked(bot, true)
  }

  unblock(bot: Bot): void {
    this.#setBlocked(bot, false)
  }

  #setBlocked(bot: Bot, isBlocked: boolean): void {
    const chat = this.chatWith(bot)
    chat.isBlocked = isBlocked
    const status = (blocked: boolean) =>
      toChatMember({ user: bot.user, status: blocked ? 'kicked' : 'member', rights: new Set() })
    bot.account.updates.push('my_chat_member', {
      chat: chat.shape,
      from: this.user,
      date: seconds(this.#world.now),
      old_chat_member: status(!isBlocked),
      new_chat_member: status(isBlocked),
    })
  }

  #post(place: Place, content: MessageContent, options: SayOptions = {}): ChatMessage {
    const { chat, topic } = this.#open(place)
    const { replyTo, forwardedFrom } = options
    const draft = { from: this.user, topic, replyTo, forwardedFrom: forwardedFrom?.user }
    return post(this.#world, chat, draft, content)
  }

  #open(place: Place): { readonly chat: Chat; readonly topic: Topic | null } {
    if ('account' in place) {
      const chat = this.chatWith(place)
      chat.isStarted = true
      return { chat, topic: null }
    }
    if ('forum' in place) {
      this.#needOpen(place)
      return { chat: place.forum, topic: place }
    }
    if (place instanceof Group) this.#needOpen(place.general)
    return { chat: place, topic: null }
  }

  #needOpen(topic: Topic): void {
    const { forum } = topic
    if (!forum.members.has(this.user)) throw new Error(`${this.user.first_name} is not in ${forum.title}`)
    if (topic.isDeleted) throw new Error(`the topic ${topic.name} was deleted`)
    if (topic.isClosed) this.#needTopic(topic)
  }

  #needTopic(topic: Topic): void {
    if (topic.creator.id !== this.id) this.#needRight(topic.forum, 'can_manage_topics')
  }

  #needRight(chat: Chat, right: Parameters<Group['members']['may']>[1]): void {
    if (chat instanceof Group && !chat.members.may(this.user, right))
      throw new Error(`${this.user.first_name} has no right ${right} in ${chat.title}`)
  }
}

function captionOf({ caption, album }: FileOptions): MessageContent {
  const together = album === undefined ? {} : { album }
  if (caption === undefined) return together
  const { text, entities } = formatText({ text: caption })
  return { ...together, caption: text, captionEntities: entities }
}
