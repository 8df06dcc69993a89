import { badRequest } from '../api-error.ts'
import { writableChat } from './access.ts'
import type { Methods } from './method-call.ts'
import { ICON_STICKERS } from './topic-icons.ts'

export const reactions: Methods<
  'answerCallbackQuery' | 'setMessageReaction' | 'getFile' | 'getForumTopicIconStickers'
> = {
  answerCallbackQuery: ({ world, bot, parameters }) => {
    const open = world.queries.get(parameters.callback_query_id)
    if (!open || open.bot !== bot)
      throw badRequest('query is too old and response timeout expired or query ID is invalid')
    if ((parameters.text?.length ?? 0) > 200) throw badRequest('MESSAGE_TOO_LONG')
    world.queries.delete(parameters.callback_query_id)
    open.answer({ text: parameters.text, isAlert: parameters.show_alert ?? false })
    world.changes.tell()
    return true
  },
  setMessageReaction: call => {
    const { world, bot, parameters } = call
    const message = writableChat(call).message(parameters.message_id)
    if (!message) throw badRequest('message to react not found')
    if ((parameters.reaction?.length ?? 0) > 1) throw badRequest('REACTIONS_TOO_MANY')
    message.reactions.set(bot.id, parameters.reaction ?? [])
    world.changes.tell()
    return true
  },
  getFile: ({ world, bot, parameters }) => world.files.open(bot, parameters.file_id, world.now),
  getForumTopicIconStickers: () => ICON_STICKERS,
}
