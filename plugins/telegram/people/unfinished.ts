import { messageOf } from '../../../core/index.ts'
import type { PeopleParts } from './people-parts.ts'
import type { Unfinished, UpdatesStore } from './updates-store.ts'

/** Tells those whose messages were not done, or not known to be, when the last daemon ended: one message for each place. */
export async function tellUnfinished(parts: PeopleParts, updates: UpdatesStore): Promise<void> {
  const byPlace = Map.groupBy(updates.unfinished(), ({ chat, topic, person }) => `${chat} ${topic} ${person}`)
  await Promise.all([...byPlace.values()].map(unfinished => tell(parts, updates, unfinished)))
}

async function tell(
  { ctx, post }: PeopleParts,
  updates: UpdatesStore,
  unfinished: readonly Unfinished[],
): Promise<void> {
  const [first] = unfinished
  if (!first) return
  const { chat, topic, person, message } = first
  const place = { chat, topic, lane: `user:${person}` }
  try {
    await post.send(place, textOf(unfinished), { priority: 'reply', replyTo: message, signal: ctx.signal })
  } catch (error) {
    if (ctx.signal.aborted) return
    ctx.log.warn({ problem: messageOf(error) }, 'somebody could not be told what was not done')
  }
  for (const { update } of unfinished) updates.done(update)
}

function textOf(unfinished: readonly Unfinished[]): string {
  const begun = unfinished.filter(({ isBegun }) => isBegun).length
  const waiting = unfinished.length - begun
  if (begun === 0)
    return `⚠️ This computer stopped before it came to this${after(waiting - 1)}: it was not done.`
  const rest = waiting > 0 ? ` What you wrote next${times(waiting)} was not done.` : ''
  return `⚠️ This computer stopped while it did this${after(begun - 1)}: it may have been done, or not. Look before you ask again.${rest}`
}

function after(count: number): string {
  if (count === 0) return ''
  return count === 1 ? ' and the message after it' : ` and the ${count} messages after it`
}

function times(count: number): string {
  return count === 1 ? '' : ` (${count} messages)`
}
