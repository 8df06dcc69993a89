import type { BotAccount } from '../accounts.ts'
import { badRequest, forbidden } from '../api-error.ts'
import { type Chat, Group, PrivateChat } from '../chat.ts'
import type { AdminRight } from '../members.ts'
import type { World } from '../world.ts'

interface InChat {
  readonly world: World
  readonly bot: BotAccount
  readonly parameters: { readonly chat_id?: number | string }
}

/** The chat that a call means. @throws ApiError where the bot has no access to it */
export function readableChat({ world, bot, parameters }: InChat): Chat {
  const chat = world.chatFor(bot, parameters.chat_id ?? '')
  if (chat instanceof Group) checkMembership(chat, bot)
  return chat
}

/** The same, for calls that change something there. */
export function writableChat(call: InChat): Chat {
  const chat = readableChat(call)
  if (chat instanceof PrivateChat) checkConversation(chat)
  if (chat instanceof Group && chat.migratedTo)
    throw badRequest('group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: chat.migratedTo.id,
    })
  return chat
}

export function writableForum(call: InChat): Group {
  const chat = writableChat(call)
  if (chat instanceof Group && chat.isForum) return chat
  throw badRequest('the chat is not a forum')
}

/** @param what the rest of "not enough rights to …" */
export function checkRight(group: Group, bot: BotAccount, right: AdminRight, what: string): void {
  if (!group.members.may(bot.user, right)) throw badRequest(`not enough rights to ${what}`)
}

function checkMembership(group: Group, bot: BotAccount): void {
  const membership = group.members.byId(bot.id)
  if (!membership) throw badRequest('chat not found')
  if (membership.status === 'kicked') throw forbidden(`bot was kicked from the ${group.kind} chat`)
  if (membership.status === 'left') throw forbidden(`bot is not a member of the ${group.kind} chat`)
}

function checkConversation(chat: PrivateChat): void {
  if (!chat.isStarted) throw forbidden("bot can't initiate conversation with a user")
  if (chat.isBlocked) throw forbidden('bot was blocked by the user')
}
