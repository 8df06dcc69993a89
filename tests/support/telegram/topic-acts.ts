import type { Message, User } from '@grammyjs/types'
import type { Group } from './chat.ts'
import { post, remove } from './posting.ts'
import { Topic, type TopicIcon } from './topic.ts'
import type { World } from './world.ts'

/** What happens to topics, whoever does it: the state, and the service message that tells of it. */
export function createTopic(world: World, forum: Group, by: User, name: string, icon: TopicIcon = {}): Topic {
  const id = forum.nextMessageId()
  const topic = new Topic(forum, id, by, name, icon)
  forum.addTopic(id, topic)
  post(world, forum, { from: by, topic, id }, { service: { forum_topic_created: createdShape(topic) } })
  return topic
}

export function closeTopic(world: World, topic: Topic, by: User): void {
  topic.isClosed = true
  tell(world, topic, by, { forum_topic_closed: {} })
}

export function reopenTopic(world: World, topic: Topic, by: User): void {
  topic.isClosed = false
  tell(world, topic, by, { forum_topic_reopened: {} })
}

export function editTopic(
  world: World,
  topic: Topic,
  by: User,
  change: { readonly name?: string | undefined; readonly iconCustomEmojiId?: string | undefined },
): void {
  const { name, iconCustomEmojiId } = change
  if (name !== undefined) topic.name = name
  if (iconCustomEmojiId !== undefined) topic.iconCustomEmojiId = iconCustomEmojiId || undefined
  const told = {
    ...(name !== undefined && { name }),
    ...(iconCustomEmojiId !== undefined && { icon_custom_emoji_id: iconCustomEmojiId }),
  }
  tell(world, topic, by, { forum_topic_edited: told })
}

/** Telegram tells no bot of this. */
export function deleteTopic(world: World, topic: Topic): void {
  for (const message of topic.everything) remove(world, message)
  topic.isDeleted = true
  world.changes.tell()
}

function tell(world: World, topic: Topic, by: User, service: Partial<Message>): void {
  post(world, topic.forum, { from: by, topic }, { service })
}

function createdShape({ name, iconColor, iconCustomEmojiId }: Topic) {
  return {
    name,
    icon_color: iconColor,
    ...(iconCustomEmojiId && { icon_custom_emoji_id: iconCustomEmojiId }),
  }
}
