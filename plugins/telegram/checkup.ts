import type { Chat, ChatMember, User } from 'grammy/types'
import type { CheckupContext, Finding } from '../../core/index.ts'
import { createBotApi } from './api/bot-api.ts'
import { isFault } from './api/fault.ts'
import type { TelegramOptions } from './options.ts'

const name = 'telegram'

/** Asks Telegram whether the bot can do its work, and says what to click where something is missing. */
export async function checkTelegram(
  { token, apiRoot, supergroupId }: TelegramOptions,
  { clock, signal }: CheckupContext,
): Promise<readonly Finding[]> {
  const api = createBotApi({ token, apiRoot, clock })
  try {
    const bot = await api.call('getMe', {}, { signal })
    const chat = await api.call('getChat', { chat_id: supergroupId }, { signal })
    const member = await api.call('getChatMember', { chat_id: supergroupId, user_id: bot.id }, { signal })
    const problems = [...groupProblems(chat), ...memberProblems(bot, chat, member)]
    if (problems.length > 0) return problems
    return [{ name, state: 'ok', message: `@${bot.username} manages the topics of '${titleOf(chat)}'` }]
  } catch (error) {
    if (!isFault(error)) throw error
    return [
      {
        name,
        state: error.kind === 'unavailable' ? 'warn' : 'fail',
        message: error.message,
        ...fixOf(error.kind),
      },
    ]
  }
}

function groupProblems(chat: Chat): readonly Finding[] {
  const isForum = chat.type === 'supergroup' && chat.is_forum === true
  if (isForum) return []
  const message = `'${titleOf(chat)}' has no topics, so sessions cannot have one each`
  return [{ name, state: 'fail', message, fix: 'In Telegram: open the group, Edit, Topics, switch them on' }]
}

function memberProblems(bot: User, chat: Chat, member: ChatMember): readonly Finding[] {
  const admins = `In Telegram: open '${titleOf(chat)}', Edit, Administrators`
  if (member.status === 'left' || member.status === 'kicked') {
    const fix = `In Telegram: open '${titleOf(chat)}', Add members, @${bot.username}`
    return [{ name, state: 'fail', message: `@${bot.username} is not in the group`, fix }]
  }
  if (member.status !== 'administrator' && member.status !== 'creator') {
    const message = `@${bot.username} is no administrator: it can make no topics, and with privacy mode it hears only commands`
    return [{ name, state: 'fail', message, fix: `${admins}, Add, @${bot.username}, with Manage Topics` }]
  }
  if (member.status === 'administrator' && !member.can_manage_topics) {
    const message = `@${bot.username} may not manage topics`
    return [{ name, state: 'fail', message, fix: `${admins}, @${bot.username}, Manage Topics` }]
  }
  return []
}

function fixOf(kind: string): { fix?: string } {
  const fixes: Readonly<Record<string, string>> = {
    unauthorized:
      'Ask @BotFather for the token (/mybots, API Token), and put it where the configuration refers to',
    'chat-gone': 'Add the bot to the group, and correct supergroupId: it begins with -100',
    kicked: 'Add the bot to the group again',
    migrated: 'Correct supergroupId: the group has another id since it became a supergroup',
    unavailable: 'Check the network, and apiRoot',
  }
  const fix = fixes[kind]
  return fix ? { fix } : {}
}

function titleOf(chat: Chat): string {
  return chat.title ?? String(chat.id)
}
