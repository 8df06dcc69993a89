import type { Chat } from './chat.ts'
import { ChatMessage, type MessageContent, type MessageOrigins } from './chat-message.ts'
import { deliver } from './delivery.ts'
import type { Topic } from './topic.ts'
import type { World } from './world.ts'

export type Draft = Omit<MessageOrigins, 'id' | 'chat' | 'at' | 'topic'> & {
  /** Where it is known before. */
  readonly id?: number
  readonly topic?: Topic | null | undefined
}

/** Puts a message into a chat and tells the bots. */
export function post(world: World, chat: Chat, draft: Draft, content: MessageContent): ChatMessage {
  const topic = draft.topic?.isGeneral ? null : (draft.topic ?? null)
  const message = new ChatMessage(
    { ...draft, topic, id: draft.id ?? chat.nextMessageId(), chat, at: world.now },
    content,
  )
  chat.add(message)
  const speaker = world.bots.get(draft.from.id)
  if (speaker && !message.isService) chat.lastSpeaker = speaker
  deliver(world, message, 'message')
  return message
}

export function edit(world: World, message: ChatMessage, content: MessageContent): void {
  message.content = content
  message.editedAt = world.now
  record(world, message, 'edited')
  // bots are not told of what bots edit
  if (!message.from.is_bot) deliver(world, message, 'edited_message')
}

export function remove(world: World, message: ChatMessage): void {
  message.isDeleted = true
  record(world, message, 'deleted')
}

function record(world: World, message: ChatMessage, kind: 'edited' | 'deleted'): void {
  const { text } = message
  message.sightings.push({ kind, at: world.now, text, notified: false })
  message.chat.history.push({ kind, message, text, at: world.now })
  world.changes.tell()
}
