import type { Message, Update } from '@grammyjs/types'
import type { BotAccount } from './accounts.ts'
import { Group, PrivateChat } from './chat.ts'
import type { ChatMessage } from './chat-message.ts'
import { toMessage } from './message-shape.ts'
import type { World } from './world.ts'

/** Tells every bot that may see it of a message that is new or was edited. */
export function deliver(world: World, message: ChatMessage, kind: 'message' | 'edited_message'): void {
  for (const bot of message.chat.bots) {
    if (!sees(world, bot, message)) continue
    const shape = toMessage(message, bot, world.files)
    // there are no channels here, every message is from somebody, and an edited one has its date
    bot.updates.push(kind, shape as Message & Update.NonChannel & Update.Edited)
  }
  world.changes.tell()
}

/**
 * Whether Telegram tells a bot of a message.
 *
 * @see https://core.telegram.org/bots/features#privacy-mode
 */
function sees(world: World, bot: BotAccount, message: ChatMessage): boolean {
  const { chat, from } = message
  if (message.isService) return from.id !== bot.id || tellsItsMaker(message)
  if (from.id === bot.id) return false
  if (chat instanceof PrivateChat) return true
  const speaker = world.bots.get(from.id)
  if (speaker && !(speaker.readsBots && bot.readsBots)) return false
  return isPrivileged(bot, chat) || isMeantFor(bot, message)
}

function isPrivileged(bot: BotAccount, chat: ChatMessage['chat']): boolean {
  return bot.canReadAllGroupMessages || (chat instanceof Group && chat.members.isAdmin(bot.user))
}

function isMeantFor(bot: BotAccount, { text, entities, replyTo, chat }: ChatMessage): boolean {
  if (replyTo?.from.id === bot.id && !replyTo.isService) return true
  return entities
    .filter(({ type }) => type === 'bot_command')
    .map(({ offset, length }) => text.slice(offset, offset + length).split('@')[1])
    .some(name => (name ? isNamed(bot, name) : chat.lastSpeaker === bot))
}

function isNamed(bot: BotAccount, name: string): boolean {
  return name.toLowerCase() === bot.user.username.toLowerCase()
}

/** Of what a bot does itself, it is told where it leaves one of these; of members that it adds, it is not. */
function tellsItsMaker({ content }: ChatMessage): boolean {
  return Object.keys(content.service ?? {}).some(key => /^(forum_topic_|pinned_|left_chat_)/.test(key))
}
