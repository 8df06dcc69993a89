import { isFault } from '../api/fault.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'

/** Closes or opens the topic, unless it is so already. @throws TelegramFault */
export async function changeTopic(
  { post, ctx }: PeopleParts,
  { place }: Occasion,
  method: 'reopenForumTopic' | 'closeForumTopic',
): Promise<void> {
  if (place.topic === null) return
  const payload = { chat_id: place.chat, message_thread_id: place.topic }
  try {
    await post.call(place, method, () => payload, { priority: 'reply', signal: ctx.signal })
  } catch (error) {
    if (!isFault(error, 'not-modified')) throw error
  }
}
