import type { Message } from '@grammyjs/types'
import type { BotAccount } from './accounts.ts'
import { Group } from './chat.ts'
import type { ChatMessage } from './chat-message.ts'
import type { FileStore } from './files.ts'

/** A message as Telegram tells it to one bot. */
export function toMessage(message: ChatMessage, viewer: BotAccount, files: FileStore): Message {
  const replyTo = message.replyTo ?? topicRoot(message)
  return {
    ...header(message),
    ...(replyTo && { reply_to_message: { ...header(replyTo), ...body(replyTo, viewer, files) } }),
    ...(message.forwardedFrom && {
      forward_origin: { type: 'user', date: seconds(message.at), sender_user: message.forwardedFrom },
    }),
    ...(message.editedAt !== null && { edit_date: seconds(message.editedAt) }),
    ...(message.keyboard &&
      message.keyboard.inline_keyboard.length > 0 && { reply_markup: message.keyboard }),
    ...body(message, viewer, files),
  } as Message // `reply_to_message` is a message without one, which its type says with `undefined`
}

/** In whose name administrators write who do not want to be known; the chat is the sender. */
const ANONYMOUS = { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }

export function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function header({ id, from, at, chat, topic }: ChatMessage) {
  const isAnonymous = chat instanceof Group && chat.members.of(from).rights.has('is_anonymous')
  return {
    message_id: id,
    ...(isAnonymous ? { from: ANONYMOUS, sender_chat: chat.shape } : { from }),
    date: seconds(at),
    chat: chat.shape,
    ...(topic?.id && { message_thread_id: topic.id, is_topic_message: true }),
  }
}

function body({ content }: ChatMessage, viewer: BotAccount, files: FileStore): Partial<Message> {
  const { text, entities, caption, captionEntities, document, photo, album, service } = content
  return {
    ...service,
    ...(text !== undefined && { text }),
    ...(entities && entities.length > 0 && { entities: [...entities] }),
    ...(caption && { caption }),
    ...(captionEntities && captionEntities.length > 0 && { caption_entities: [...captionEntities] }),
    ...(album && { media_group_id: album }),
    ...(document && { document: files.toDocument(viewer, document) }),
    ...(photo && { photo: files.toPhoto(viewer, photo) }),
  }
}

/** In a topic, what answers nothing answers the message that the topic began with. */
function topicRoot({ chat, topic, id }: ChatMessage): ChatMessage | undefined {
  if (!topic?.id || topic.id === id) return undefined
  return chat.message(topic.id)
}
