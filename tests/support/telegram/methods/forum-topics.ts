import type { BotAccount } from '../accounts.ts'
import { badRequest } from '../api-error.ts'
import type { Group } from '../chat.ts'
import type { AdminRight } from '../members.ts'
import type { Topic } from '../topic.ts'
import { closeTopic, createTopic, deleteTopic, editTopic, reopenTopic } from '../topic-acts.ts'
import { checkRight, writableForum } from './access.ts'
import type { MethodCall, Methods } from './method-call.ts'
import { ICON_EMOJI_IDS } from './topic-icons.ts'

type OfOneTopic = 'editForumTopic' | 'closeForumTopic' | 'reopenForumTopic' | 'deleteForumTopic'

export const forumTopics: Methods<OfOneTopic | 'createForumTopic'> = {
  createForumTopic: call => {
    const { world, bot, parameters } = call
    const forum = writableForum(call)
    checkRight(forum, bot, 'can_manage_topics', 'create a topic')
    const name = checkedName(call, parameters.name)
    if (name === '') throw badRequest('name must be non-empty')
    const icon = { color: parameters.icon_color, customEmojiId: checkedIcon(parameters.icon_custom_emoji_id) }
    const topic = createTopic(world, forum, bot.user, name, icon)
    return {
      message_thread_id: topic.id,
      name,
      icon_color: topic.iconColor,
      ...(topic.iconCustomEmojiId && { icon_custom_emoji_id: topic.iconCustomEmojiId }),
    }
  },
  editForumTopic: call => {
    const topic = ownTopic(call, 'can_manage_topics', 'edit the topic')
    const name = checkedName(call, call.parameters.name ?? '') || undefined
    const iconCustomEmojiId = checkedIcon(call.parameters.icon_custom_emoji_id)
    if (name === undefined && iconCustomEmojiId === undefined) return true
    const isSameIcon =
      (iconCustomEmojiId ?? topic.iconCustomEmojiId ?? '') === (topic.iconCustomEmojiId ?? '')
    if ((name ?? topic.name) === topic.name && isSameIcon) throw badRequest('TOPIC_NOT_MODIFIED')
    editTopic(call.world, topic, call.bot.user, { name, iconCustomEmojiId })
    return true
  },
  closeForumTopic: call => {
    const topic = ownTopic(call, 'can_manage_topics', 'close or open the topic')
    if (topic.isClosed) throw badRequest('TOPIC_NOT_MODIFIED')
    closeTopic(call.world, topic, call.bot.user)
    return true
  },
  reopenForumTopic: call => {
    const topic = ownTopic(call, 'can_manage_topics', 'close or open the topic')
    if (!topic.isClosed) throw badRequest('TOPIC_NOT_MODIFIED')
    reopenTopic(call.world, topic, call.bot.user)
    return true
  },
  deleteForumTopic: call => {
    deleteTopic(call.world, ownTopic(call, 'can_delete_messages', 'delete the topic'))
    return true
  },
}

const MAX_NAME = 128

/** tdlib cuts longer names; that a bot sends one is a mistake all the same. */
function checkedName({ world }: MethodCall<'editForumTopic' | 'createForumTopic'>, name: string): string {
  if ([...name].length > MAX_NAME)
    world.violate(`a topic's name has more than ${MAX_NAME} characters: ${name}`)
  return [...name.trim()].slice(0, MAX_NAME).join('')
}

function checkedIcon(id: string | undefined): string | undefined {
  if (id && !ICON_EMOJI_IDS.includes(id)) throw badRequest('DOCUMENT_INVALID')
  return id
}

/** Who made a topic may do with it what else needs a right. */
function ownTopic(call: MethodCall<OfOneTopic>, right: AdminRight, what: string): Topic {
  const forum: Group = writableForum(call)
  const topic = forum.topicById(call.parameters.message_thread_id)
  if (!topic) throw badRequest('TOPIC_ID_INVALID')
  if (!isMaker(call.bot, topic)) checkRight(forum, call.bot, right, what)
  return topic
}

function isMaker(bot: BotAccount, topic: Topic): boolean {
  return topic.creator.id === bot.id
}
