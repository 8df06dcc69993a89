import type { MessageEntity, ReplyParameters } from '@grammyjs/types'
import type { BotAccount } from '../accounts.ts'
import { badRequest } from '../api-error.ts'
import { type Chat, Group } from '../chat.ts'
import type { ChatMessage, MessageContent } from '../chat-message.ts'
import { MAX_UPLOAD_BYTES, type StoredFile } from '../files.ts'
import { formatText, MAX_CAPTION, MAX_TEXT } from '../formatted-text.ts'
import { type AnyMarkup, inlineKeyboard } from '../keyboards.ts'
import { toMessage } from '../message-shape.ts'
import { post } from '../posting.ts'
import type { Topic } from '../topic.ts'
import { writableChat } from './access.ts'
import type { MethodCall, Methods } from './method-call.ts'

type Sending = 'sendMessage' | 'sendDocument' | 'sendPhoto'

export const sending: Methods<Sending | 'sendChatAction'> = {
  sendMessage: call => send(call, () => textContent(call.parameters)),
  sendDocument: call =>
    send(call, () => ({
      ...captionContent(call.parameters),
      document: fileOf(call, call.parameters.document),
    })),
  sendPhoto: call =>
    send(call, () => {
      const photo = fileOf(call, call.parameters.photo)
      if (photo.bytes.length > MAX_PHOTO_BYTES) throw badRequest('PHOTO_INVALID_DIMENSIONS')
      return { ...captionContent(call.parameters), photo }
    }),
  sendChatAction: call => {
    topicFor(writableChat(call), call.bot, call.parameters.message_thread_id)
    return true
  },
}

/** Photos may be smaller than documents. */
const MAX_PHOTO_BYTES = 10 * 1024 * 1024

function send(call: MethodCall<Sending>, content: () => MessageContent): unknown {
  const { world, bot, parameters } = call
  const chat = writableChat(call)
  const topic = topicFor(chat, bot, parameters.message_thread_id)
  const replyTo = answered(chat, parameters.reply_parameters)
  const markup: AnyMarkup | undefined = parameters.reply_markup
  const keyboard = inlineKeyboard(markup)
  const draft = {
    from: bot.user,
    topic: topic ?? replyTo?.topic,
    replyTo,
    keyboard,
    hasReplyKeyboard: markup !== undefined && keyboard === undefined,
    isSilent: parameters.disable_notification ?? false,
  }
  return toMessage(post(world, chat, draft, content()), bot, world.files)
}

function topicFor(chat: Chat, bot: BotAccount, threadId: number | undefined): Topic | null {
  if (!(chat instanceof Group && chat.isForum)) return null
  const topic = threadId === undefined ? chat.general : chat.topicById(threadId)
  if (!topic) throw badRequest('message thread not found')
  const mayAnyway = topic.creator.id === bot.id || chat.members.may(bot.user, 'can_manage_topics')
  if (topic.isClosed && !mayAnyway) throw badRequest('TOPIC_CLOSED')
  return topic.isGeneral ? null : topic
}

function answered(chat: Chat, reply: ReplyParameters | undefined): ChatMessage | undefined {
  if (!reply) return undefined
  const message = chat.message(reply.message_id)
  if (!message && !reply.allow_sending_without_reply) throw badRequest('message to be replied not found')
  return message
}

interface TextParameters {
  readonly text: string
  readonly parse_mode?: string
  readonly entities?: readonly MessageEntity[]
}

/** @param tooLong what Telegram says when it is */
export function textContent(parameters: TextParameters, tooLong = 'message is too long'): MessageContent {
  if (parameters.text === '') throw badRequest('message text is empty')
  const { text, entities } = formatText({
    text: parameters.text,
    parseMode: parameters.parse_mode,
    entities: parameters.entities,
  })
  if (text === '') throw badRequest('text must be non-empty')
  if (text.length > MAX_TEXT) throw badRequest(tooLong)
  return { text, entities }
}

interface CaptionParameters {
  readonly caption?: string
  readonly parse_mode?: string
  readonly caption_entities?: readonly MessageEntity[]
}

export function captionContent(
  parameters: CaptionParameters,
  tooLong = 'message caption is too long',
): MessageContent {
  if (!parameters.caption) return {}
  const { text, entities } = formatText({
    text: parameters.caption,
    parseMode: parameters.parse_mode,
    entities: parameters.caption_entities,
  })
  if (text.length > MAX_CAPTION) throw badRequest(tooLong)
  return { caption: text, captionEntities: entities }
}

function fileOf({ world, bot, files }: MethodCall<Sending>, named: string): StoredFile {
  if (!named.startsWith('attach://')) return world.files.byId(bot, named)
  const part = files.get(named.slice('attach://'.length))
  if (!part) throw badRequest('there is no file with that name in the request')
  if (part.bytes.length === 0) throw badRequest('file must be non-empty')
  if (part.bytes.length > MAX_UPLOAD_BYTES) throw badRequest('file is too big')
  return world.files.add(part.bytes, part.fileName ?? 'file')
}
