import { ApiError, badRequest } from '../api-error.ts'
import type { MethodCall, Methods } from './method-call.ts'

type Commands = 'setMyCommands' | 'getMyCommands' | 'deleteMyCommands'

export const botSettings: Methods<
  Commands | 'getMe' | 'getUpdates' | 'setWebhook' | 'deleteWebhook' | 'getWebhookInfo'
> = {
  getMe: ({ bot }) => bot.me,
  getUpdates: ({ bot, parameters, gone }) => {
    if (bot.webhookUrl) throw webhookConflict()
    return bot.updates.poll(parameters, gone)
  },
  setWebhook: ({ bot, parameters }) => {
    if (parameters.url !== '' && !parameters.url.startsWith('https://'))
      throw badRequest('bad webhook: An HTTPS URL must be provided for webhook')
    bot.webhookUrl = parameters.url
    if (parameters.url !== '') bot.updates.terminate()
    if (parameters.allowed_updates) bot.updates.allowed = parameters.allowed_updates
    if (parameters.drop_pending_updates) bot.updates.drop()
    return true
  },
  deleteWebhook: ({ bot, parameters }) => {
    bot.webhookUrl = ''
    if (parameters.drop_pending_updates) bot.updates.drop()
    return true
  },
  getWebhookInfo: ({ bot }) => ({
    url: bot.webhookUrl,
    has_custom_certificate: false,
    pending_update_count: bot.updates.pending,
    ...(bot.updates.allowed.length > 0 && { allowed_updates: bot.updates.allowed }),
  }),
  setMyCommands: call => {
    const { commands } = call.parameters
    if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH')
    for (const { command, description } of commands) {
      if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID')
      if (description.trim() === '' || description.length > 256)
        throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID')
    }
    call.bot.commands.set(scopeOf(call), commands)
    call.world.changes.tell()
    return true
  },
  getMyCommands: call => call.bot.commands.get(scopeOf(call)) ?? [],
  deleteMyCommands: call => {
    call.bot.commands.delete(scopeOf(call))
    call.world.changes.tell()
    return true
  },
}

function scopeOf({ parameters }: MethodCall<Commands>): string {
  const { scope = { type: 'default' }, language_code = '' } = parameters
  return commandScope(scope, language_code)
}

export function commandScope(scope: object, language = ''): string {
  const sorted = Object.entries(scope).sort(([a], [b]) => a.localeCompare(b))
  return JSON.stringify([...sorted, language])
}

function webhookConflict(): ApiError {
  return new ApiError(
    409,
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
  )
}
