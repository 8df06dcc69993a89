import type { ChatMember } from '@grammyjs/types'
import { badRequest } from '../api-error.ts'
import { Group } from '../chat.ts'
import { toChatMember } from '../members.ts'
import { changeMembership } from '../membership.ts'
import { toMessage } from '../message-shape.ts'
import { post } from '../posting.ts'
import { checkRight, readableChat, writableChat } from './access.ts'
import type { MethodCall, Methods } from './method-call.ts'

export const chats: Methods<
  | 'getChat'
  | 'getChatMember'
  | 'getChatMemberCount'
  | 'getChatAdministrators'
  | 'leaveChat'
  | 'pinChatMessage'
  | 'unpinChatMessage'
> = {
  getChat: call => fullInfo(call),
  getChatMember: call => member(call),
  getChatMemberCount: call => {
    const chat = readableChat(call)
    return chat instanceof Group ? chat.members.present.length : 2
  },
  getChatAdministrators: call => {
    const chat = readableChat(call)
    if (!(chat instanceof Group)) throw badRequest('there are no administrators in the private chat')
    const { bot, parameters } = call
    return chat.members.present
      .filter(({ user }) => chat.members.isAdmin(user))
      .filter(({ user }) => !user.is_bot || user.id === bot.id || parameters.return_bots)
      .map(toChatMember)
  },
  leaveChat: call => {
    const chat = writableChat(call)
    if (!(chat instanceof Group)) throw badRequest("chat can't be left")
    changeMembership(
      call.world,
      chat,
      { user: call.bot.user, status: 'left', rights: new Set() },
      call.bot.user,
    )
    return true
  },
  pinChatMessage: call => {
    const { world, bot, parameters } = call
    const chat = writableChat(call)
    if (chat instanceof Group) checkRight(chat, bot, 'can_pin_messages', 'manage pinned messages in the chat')
    const message = chat.message(parameters.message_id)
    if (!message) throw badRequest('message to pin not found')
    if (chat.pinned.includes(message)) throw badRequest('CHAT_NOT_MODIFIED')
    chat.pinned = [...chat.pinned, message]
    const pinned_message = toMessage(message, bot, world.files)
    post(world, chat, { from: bot.user, topic: message.topic }, { service: { pinned_message } })
    return true
  },
  unpinChatMessage: call => {
    const chat = writableChat(call)
    if (chat instanceof Group)
      checkRight(chat, call.bot, 'can_pin_messages', 'manage pinned messages in the chat')
    const id = call.parameters.message_id ?? chat.pinned.at(-1)?.id
    const message = chat.pinned.find(pinned => pinned.id === id)
    if (!message) throw badRequest('message to unpin not found')
    chat.pinned = chat.pinned.filter(pinned => pinned !== message)
    return true
  },
}

const FULL_INFO = {
  accent_color_id: 0,
  max_reaction_count: 11,
  accepted_gift_types: {
    unlimited_gifts: false,
    limited_gifts: false,
    unique_gifts: false,
    premium_subscription: false,
    gifts_from_channels: false,
  },
}

function fullInfo(call: MethodCall<'getChat'>): unknown {
  const chat = readableChat(call)
  const pinned = chat.pinned.at(-1)
  const isGroup = chat instanceof Group
  return {
    ...chat.shape,
    ...FULL_INFO,
    ...(pinned && { pinned_message: toMessage(pinned, call.bot, call.world.files) }),
    ...(isGroup && { permissions: { can_send_messages: true, can_manage_topics: false } }),
  }
}

function member(call: MethodCall<'getChatMember'>): ChatMember {
  const { world, parameters } = call
  const chat = readableChat(call)
  const user = world.people.get(parameters.user_id) ?? world.bots.get(parameters.user_id)?.user
  if (!user) throw badRequest('PARTICIPANT_ID_INVALID')
  return chat instanceof Group ? toChatMember(chat.members.of(user)) : { status: 'member', user }
}
