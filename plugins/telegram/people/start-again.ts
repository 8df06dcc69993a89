import { isLive, type Session } from '../../../core/index.ts'
import { safeTopicName } from '../text/index.ts'
import { topicNameOf } from '../topics/card.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { questionButtons } from './questions.ts'
import { sessionIn } from './session-in.ts'
import { changeTopic } from './topic-state.ts'

/** An ended session is kept for a week. */
const ASKED_MS = 604_800_000

/** Somebody opened the topic of a session that has ended. */
export async function topicReopened(parts: PeopleParts, occasion: Occasion): Promise<void> {
  const session = await sessionIn(parts, occasion)
  if (session && !isLive(session.state)) offerToStartAgain(parts, occasion)
}

/** The session of the topic has ended, and somebody wants something of it. */
export function offerToStartAgain(parts: PeopleParts, occasion: Occasion): void {
  const answers = [
    ['▶️ Start again', 'again:yes'],
    ['Close the topic', 'again:close'],
  ] as const
  occasion.reply(
    'This session has ended. Start another one in the same folder, here in this topic?',
    questionButtons(parts, occasion, answers, ASKED_MS),
  )
}

/** Does what was answered. */
export async function startAsAnswered(
  parts: PeopleParts,
  occasion: Occasion<'press'>,
  answer: string,
): Promise<void> {
  const session = await sessionIn(parts, occasion)
  if (!session || !occasion.record) return
  if (isLive(session.state)) return occasion.revise('It runs.')
  if (answer === 'again:yes') return await startAgain(parts, occasion, session)
  occasion.revise('The topic is closed.')
  await changeTopic(parts, occasion, 'closeForumTopic')
}

async function startAgain(parts: PeopleParts, occasion: Occasion<'press'>, ended: Session): Promise<void> {
  const { ctx, reservations, topics, mask } = parts
  const { record, caller } = occasion
  if (!record) return
  if (record.closedAt === null) {
    return occasion.reply('Its last messages are still on their way here. Press again when it is closed.')
  }
  const { title, kind, computer, command, terminal } = ended
  const input = { title, kind, computer, cwd: terminal.cwd, ...(command !== null && { command }) }
  const name = await reservations.keep(record, async () => {
    if (topics.at(record.chat, record.topic)?.session !== ended.id) return null
    const started = await ctx.operations.call<Started>('session.start', input, caller)
    const { chat, topic } = record
    const name = safeTopicName(mask(started.topic_name))
    topics.add({ session: started.session_id, chat, topic, name })
    return name
  })
  // Others may have been asked too.
  if (name === null) return occasion.revise('It is started again already.')
  occasion.revise('▶️ Started again.')
  await changeTopic(parts, occasion, 'reopenForumTopic')
  if (name !== topicNameOf(ended, mask)) await rename(parts, occasion, name)
}

interface Started {
  readonly session_id: string
  readonly topic_name: string
}

/** It may have been started from another computer before. */
async function rename({ post, ctx }: PeopleParts, { place }: Occasion, name: string): Promise<void> {
  if (place.topic === null) return
  const payload = { chat_id: place.chat, message_thread_id: place.topic, name }
  await post.call(place, 'editForumTopic', () => payload, { priority: 'reply', signal: ctx.signal })
}
