import { messageOf } from '../../../core/index.ts'
import type { PeopleParts } from './people-parts.ts'
import type { Unfinished, UpdatesStore } from './updates-store.ts'

/**
 * Tells those whose messages were not done, or not known to be, when the last daemon ended: in each place once of those
 * that it had begun, and once of the others. What was written between them may have been done.
 */
export async function tellUnfinished(parts: PeopleParts, updates: UpdatesStore): Promise<void> {
  const alike = Map.groupBy(updates.unfinished(), ({ chat, topic, person, isBegun }) =>
    [chat, topic, person, isBegun].join(' '),
  )
  await Promise.all([...alike.values()].map(unfinished => tell(parts, updates, unfinished)))
}

async function tell(
  { ctx, post }: PeopleParts,
  updates: UpdatesStore,
  unfinished: readonly Unfinished[],
): Promise<void> {
  const [first] = unfinished
  if (!first) return
  const { chat, topic, person, message } = first
  const place = { chat, topic, lane: `user:${person} ${topic}` }
  try {
    await post.send(place, textOf(first, unfinished.length - 1), {
      priority: 'reply',
      replyTo: message,
      signal: ctx.signal,
    })
  } catch (error) {
    if (ctx.signal.aborted) return
    ctx.log.warn({ problem: messageOf(error) }, 'somebody could not be told what was not done')
  }
  for (const { update } of unfinished) updates.done(update)
}

function textOf({ isBegun }: Unfinished, others: number): string {
  const more = others === 0 ? '' : others === 1 ? ' and one more message' : ` and ${others} more messages`
  const [it, was] = others === 0 ? ['it', 'was'] : ['they', 'were']
  return isBegun
    ? `⚠️ This computer stopped while it did this${more}: ${it} may have been done, or not. Look before you ask again.`
    : `⚠️ This computer stopped before it came to this${more}: ${it} ${was} not done.`
}
