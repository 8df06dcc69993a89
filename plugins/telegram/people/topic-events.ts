import { isLive, type Session, topicName } from '../../../core/index.ts'
import { cleanForChat, safeTopicName } from '../text/index.ts'
import { personBinding } from './controls.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'

/** The longest title that a session takes. */
const MAX_TITLE = 200

/** Somebody closed the topic: the session is ended only if they mean that too. */
export async function topicClosed(parts: PeopleParts, occasion: Occasion): Promise<void> {
  const session = await sessionIn(parts, occasion)
  if (!session || !isLive(session.state)) return
  await ask(parts, occasion, 'The topic is closed, and its session still runs. End the session too?', [
    ['✖ End it', 'close:yes'],
    ['Open the topic again', 'close:reopen'],
  ])
}

/** Somebody opened the topic of a session that has ended. */
export async function topicReopened(parts: PeopleParts, occasion: Occasion): Promise<void> {
  const session = await sessionIn(parts, occasion)
  if (!session || isLive(session.state)) return
  await ask(parts, occasion, 'Its session has ended. Start another one in the same place?', [
    ['▶️ Start again', 'again:yes'],
    ['Close the topic', 'again:close'],
  ])
}

/** The title follows the topic, and the topic then gets the name that the title gives it. */
export async function topicRenamed(parts: PeopleParts, occasion: Occasion<'topic-renamed'>): Promise<void> {
  const { heard, record, caller } = occasion
  if (!record || heard.name === record.name) return
  const session = await sessionIn(parts, occasion)
  if (!session) return
  const route = topicName({ ...session, title: '' })
  const said = heard.name.startsWith(route) ? heard.name.slice(route.length) : heard.name
  const title = cleanForChat(said).trim().slice(0, MAX_TITLE).toWellFormed()
  if (!title) return
  // What Telegram shows now, so that what follows is seen to be another name.
  parts.topics.update(record.session, { name: safeTopicName(heard.name) })
  await parts.ctx.operations.call('session.rename', { session_id: record.session, title }, caller)
}

/** Does what was answered to a question about a topic; returns what the person is told in passing. */
export async function answerTopicQuestion(
  parts: PeopleParts,
  occasion: Occasion<'press'>,
  action: string,
): Promise<string> {
  if (action === 'again:yes') return await startAgain(parts, occasion)
  const isReopening = action === 'close:reopen'
  await changeTopic(parts, occasion, isReopening ? 'reopenForumTopic' : 'closeForumTopic')
  return isReopening ? 'It is open again.' : 'It is closed.'
}

async function startAgain(parts: PeopleParts, occasion: Occasion): Promise<string> {
  const { ctx, reservations } = parts
  const session = await sessionIn(parts, occasion)
  if (!session || occasion.heard.topic === null) return 'Nothing is known of that session any more.'
  if (isLive(session.state)) return 'It runs already.'
  const { title, kind, computer, command, terminal } = session
  const input = { title, kind, computer, cwd: terminal.cwd, ...(command !== null && { command }) }
  await reservations.keep(occasion.heard.topic, async () => {
    const started = await ctx.operations.call<{ session_id: string }>('session.start', input, occasion.caller)
    return started.session_id
  })
  return 'Started.'
}

async function changeTopic(
  { post }: PeopleParts,
  { place }: Occasion,
  method: 'reopenForumTopic' | 'closeForumTopic',
): Promise<void> {
  if (place.topic === null) return
  const payload = { chat_id: place.chat, message_thread_id: place.topic }
  await post.call(place, method, () => payload, { priority: 'reply' })
}

async function sessionIn({ ctx }: PeopleParts, { record, caller }: Occasion): Promise<Session | null> {
  if (!record) return null
  return await ctx.operations.call<Session>('session.get', { session_id: record.session }, caller)
}

async function ask(
  { buttons, post, ctx }: PeopleParts,
  { heard, record, place }: Occasion,
  question: string,
  answers: readonly (readonly [text: string, action: string])[],
): Promise<void> {
  const binding = personBinding(heard.person.id, record?.session ?? null)
  const row = answers.map(([text, action]) => buttons.make(text, action, binding))
  await post.send(place, question, {
    ...{ priority: 'reply', keyboard: { inline_keyboard: [row] }, signal: ctx.signal },
  })
}
