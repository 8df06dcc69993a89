import type { InlineKeyboardMarkup } from '@grammyjs/types'
import { badRequest } from '../api-error.ts'
import { Group, PrivateChat } from '../chat.ts'
import type { ChatMessage, MessageContent } from '../chat-message.ts'
import { inlineKeyboard, isSameKeyboard } from '../keyboards.ts'
import { toMessage } from '../message-shape.ts'
import { edit, remove } from '../posting.ts'
import { writableChat } from './access.ts'
import type { MethodCall, Methods } from './method-call.ts'
import { captionContent, textContent } from './sending.ts'

type Editing = 'editMessageText' | 'editMessageCaption' | 'editMessageReplyMarkup'

export const editing: Methods<Editing | 'deleteMessage' | 'deleteMessages'> = {
  editMessageText: call =>
    change(call, message => {
      if (message.content.text === undefined) throw badRequest('there is no text in the message to edit')
      return textContent({ ...call.parameters, text: call.parameters.text ?? '' }, 'MESSAGE_TOO_LONG')
    }),
  editMessageCaption: call =>
    change(call, ({ content: { document, photo } }) => {
      if (!document && !photo) throw badRequest('there is no caption in the message to edit')
      const caption = captionContent(call.parameters, 'MEDIA_CAPTION_TOO_LONG')
      return { ...caption, ...(document && { document }), ...(photo && { photo }) }
    }),
  editMessageReplyMarkup: call => change(call, ({ content }) => content),
  deleteMessage: call => {
    const message = writableChat(call).message(call.parameters.message_id)
    if (!message) throw badRequest('message to delete not found')
    if (!mayDelete(call, message)) throw badRequest("message can't be deleted for everyone")
    remove(call.world, message)
    return true
  },
  deleteMessages: call => {
    const chat = writableChat(call)
    if (call.parameters.message_ids.length > 100) throw badRequest('too many messages to delete')
    const messages = call.parameters.message_ids.flatMap(id => chat.message(id) ?? [])
    if (messages.some(message => !mayDelete(call, message)))
      throw badRequest("message can't be deleted for everyone")
    for (const message of messages) remove(call.world, message)
    return true
  },
}

const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message'

/** A keyboard that is not named again is taken away. */
function change(call: MethodCall<Editing>, next: (message: ChatMessage) => MessageContent): unknown {
  const { world, bot, parameters } = call
  const message = writableChat(call).message(parameters.message_id)
  if (!message) throw badRequest('message to edit not found')
  const isOwn = message.from.id === bot.id && !message.isService
  if (!isOwn || message.hasReplyKeyboard || message.forwardedFrom) throw badRequest("message can't be edited")
  const content = next(message)
  const keyboard = inlineKeyboard(parameters.reply_markup)
  if (isSame(message, content, keyboard)) throw badRequest(NOT_MODIFIED)
  message.keyboard = keyboard
  edit(world, message, content)
  return toMessage(message, bot, world.files)
}

function isSame(
  message: ChatMessage,
  content: MessageContent,
  keyboard: InlineKeyboardMarkup | undefined,
): boolean {
  const shown = ({ text, caption, entities, captionEntities }: MessageContent) =>
    JSON.stringify([text ?? caption ?? '', entities ?? captionEntities ?? []])
  return shown(message.content) === shown(content) && isSameKeyboard(message.keyboard, keyboard)
}

/** Bots delete what they sent in the last 48 hours. */
const DELETABLE_MS = 48 * 3_600_000

function mayDelete(
  { world, bot }: MethodCall<'deleteMessage' | 'deleteMessages'>,
  message: ChatMessage,
): boolean {
  const { chat, content } = message
  if (content.service?.forum_topic_created) return false
  if (chat instanceof Group && chat.members.may(bot.user, 'can_delete_messages')) return true
  const isRecent = message.at > world.now - DELETABLE_MS
  return isRecent && (message.from.id === bot.id || chat instanceof PrivateChat)
}
