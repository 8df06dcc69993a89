import type { Chat, ChatMember, User } from 'grammy/types'
import type { CheckupContext, Finding } from '../../core/index.ts'
import { type BotApi, createBotApi } from './api/bot-api.ts'
import { isFault, type TelegramFault } from './api/fault.ts'
import type { TelegramOptions } from './options.ts'

const name = 'telegram'
/** Each is a call; more people are looked for when they are needed. */
const MOST_PEOPLE = 20

/** Asks Telegram whether the bot can do its work, and says what to click where something is missing. */
export async function checkTelegram(
  { token, apiRoot, supergroupId, allowedUsers }: TelegramOptions,
  { commandLine, clock, signal }: Pick<CheckupContext, 'commandLine' | 'clock' | 'signal'>,
): Promise<readonly Finding[]> {
  const api = createBotApi({ token, apiRoot, clock })
  try {
    const bot = await api.call('getMe', {}, { signal })
    const chat = await api.call('getChat', { chat_id: supergroupId }, { signal })
    const member = await api.call('getChatMember', { chat_id: supergroupId, user_id: bot.id }, { signal })
    const problems = [
      ...groupProblems(chat, commandLine),
      ...memberProblems(bot, chat, member),
      ...(await webhookProblems(api, signal)),
      ...(await peopleProblems(api, chat, allowedUsers, signal)),
    ]
    if (problems.length > 0) return problems
    return [{ name, state: 'ok', message: `@${bot.username} manages the topics of '${titleOf(chat)}'` }]
  } catch (error) {
    if (!isFault(error)) throw error
    const state = error.kind === 'unavailable' ? 'warn' : 'fail'
    return [{ name, state, message: error.message, ...fixOf(error) }]
  } finally {
    api.close()
  }
}

function groupProblems(chat: Chat, commandLine: string): readonly Finding[] {
  const isForum = chat.type === 'supergroup' && chat.is_forum === true
  if (isForum) return []
  const message = `'${titleOf(chat)}' has no topics, so sessions cannot have one each`
  const changes = chat.type === 'group' ? `. Its id becomes another one: ${commandLine} status tells it` : ''
  const fix = `In Telegram: open '${titleOf(chat)}', Edit, Topics, switch them on${changes}`
  return [{ name, state: 'fail', message, fix }]
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

/** What goes to a webhook is not heard here. */
async function webhookProblems(api: BotApi, signal: AbortSignal): Promise<readonly Finding[]> {
  const { url } = await api.call('getWebhookInfo', {}, { signal })
  if (!url) return []
  const message =
    'The bot has a webhook, so another program hears what people say to it, and this one does not'
  return [{ name, state: 'fail', message, fix: 'Give this computer a bot of its own, or call deleteWebhook' }]
}

async function peopleProblems(
  api: BotApi,
  chat: Chat,
  people: readonly number[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const found = people.slice(0, MOST_PEOPLE).map(id => personProblem(api, chat, id, signal))
  return (await Promise.all(found)).flatMap(problem => problem ?? [])
}

async function personProblem(
  api: BotApi,
  chat: Chat,
  id: number,
  signal: AbortSignal,
): Promise<Finding | null> {
  const member = await api
    .call('getChatMember', { chat_id: chat.id, user_id: id }, { signal })
    .catch(error => {
      if (isFault(error, 'unavailable', 'rate-limit')) throw error
      return null
    })
  if (!member || member.status === 'left' || member.status === 'kicked') {
    const message = `The person ${id} of allowedUsers is not in '${titleOf(chat)}'`
    return { name, state: 'warn', message, fix: 'Correct the id (@userinfobot tells it), or add the person' }
  }
  const isHidden = (member.status === 'administrator' || member.status === 'creator') && member.is_anonymous
  if (!isHidden) return null
  const message = `${member.user.first_name} (${id}) is an anonymous administrator, and so is not known to be who writes`
  const fix = `In Telegram: open '${titleOf(chat)}', Edit, Administrators, ${member.user.first_name}, Remain Anonymous, switch it off`
  return { name, state: 'warn', message, fix }
}

function fixOf({ kind, migratedTo }: TelegramFault): { fix?: string } {
  if (migratedTo !== undefined) return { fix: `Write supergroupId: ${migratedTo} into the configuration` }
  const fixes: Readonly<Record<string, string>> = {
    unauthorized:
      'Ask @BotFather for the token (/mybots, API Token), and put it where the configuration refers to',
    'chat-gone': 'Add the bot to the group, and correct supergroupId: it begins with -100',
    kicked: 'Add the bot to the group again',
    unavailable: 'Check the network, and apiRoot',
  }
  const fix = fixes[kind]
  return fix ? { fix } : {}
}

function titleOf(chat: Chat): string {
  return chat.title ?? String(chat.id)
}
