import type { ServedMethod } from '../api-shapes.ts'
import { botSettings } from './bot-settings.ts'
import { chats } from './chats.ts'
import { editing } from './editing.ts'
import { forumTopics } from './forum-topics.ts'
import type { Method, Methods } from './method-call.ts'
import { reactions } from './reactions.ts'
import { sending } from './sending.ts'

const ALL: Methods<ServedMethod> = {
  ...botSettings,
  ...chats,
  ...editing,
  ...forumTopics,
  ...reactions,
  ...sending,
}

const BY_NAME: ReadonlyMap<string, ServedMethod> = new Map(
  // the keys of this object are exactly the served methods
  (Object.keys(ALL) as ServedMethod[]).map(name => [name.toLowerCase(), name]),
)

/** As Telegram does, whatever the case of its letters. */
export function methodNamed(name: string): ServedMethod | undefined {
  return BY_NAME.get(name.toLowerCase())
}

export function methodOf<M extends ServedMethod>(name: M): Method<M> {
  return ALL[name]
}

const LIMITED: ReadonlySet<ServedMethod> = new Set([
  'sendMessage',
  'sendDocument',
  'sendPhoto',
  'editMessageText',
  'editMessageCaption',
  'editMessageReplyMarkup',
  'createForumTopic',
  'editForumTopic',
  'closeForumTopic',
  'reopenForumTopic',
  'deleteForumTopic',
  'pinChatMessage',
])

/** Whether a call counts against the limits of its chat. */
export function isLimited(name: ServedMethod): boolean {
  return LIMITED.has(name)
}
