import { isLive, type Session } from '../../../core/index.ts'
import { cleanForChat, escapeHtml, quietText } from '../text/index.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { type Answers, questionButtons } from './questions.ts'
import { sessionIn } from './session-in.ts'
import { offerToStartAgain } from './start-again.ts'
import { changeTopic } from './topic-state.ts'

/** Who asks to end a session means now. */
const ASKED_MS = 600_000
/** Whoever closed a topic may look again only the next day. */
const CLOSED_MS = 86_400_000

/** Asks whoever wants to end a session whether they mean it; only they can say yes. */
export async function askToClose(parts: PeopleParts, occasion: Occasion): Promise<void> {
  const session = await sessionIn(parts, occasion)
  if (!session) return
  if (!isLive(session.state)) return offerToStartAgain(parts, occasion)
  ask(parts, occasion, `End ${nameOf(parts, session)} and what runs in it?`, ASKED_MS, [
    ['✖ End it', 'close:yes'],
    ['Leave it running', 'close:no'],
  ])
}

/** Somebody closed the topic: the session is ended only if they mean that too. */
export async function topicClosed(parts: PeopleParts, occasion: Occasion): Promise<void> {
  const session = await sessionIn(parts, occasion)
  if (!session || !isLive(session.state)) return
  ask(parts, occasion, `You closed the topic. ${nameOf(parts, session)} still runs: end it too?`, CLOSED_MS, [
    ['✖ End it', 'close:yes'],
    ['Open the topic again', 'close:reopen'],
  ])
}

/** Does what was answered, unless the session has ended since it was asked. */
export async function closeAsAnswered(
  parts: PeopleParts,
  occasion: Occasion<'press'>,
  answer: string,
): Promise<void> {
  if (answer === 'close:yes') return await end(parts, occasion)
  const session = await sessionIn(parts, occasion)
  if (!session || !isLive(session.state)) return occasion.revise(ENDED)
  if (answer === 'close:reopen') {
    await changeTopic(parts, occasion, 'reopenForumTopic')
    occasion.revise('The topic is open again, and the session goes on.')
  } else occasion.revise('It goes on.')
}

const ENDED = 'It has ended already.'

async function end({ ctx, names }: PeopleParts, occasion: Occasion<'press'>): Promise<void> {
  const { record, caller, heard, revise } = occasion
  const input = { session_id: record?.session }
  const { closeReason } = await ctx.operations.call<Session>('session.close', input, caller)
  // Also where they pressed twice, or another computer has it from ours.
  const isTheirs = closeReason?.endsWith(`telegram:${heard.person.id}`)
  const who = names.get(heard.person.id)
  if (!isTheirs) revise(ENDED)
  else revise(who ? `✖ Ended by ${escapeHtml(cleanForChat(who))}.` : '✖ Ended.')
}

function ask(
  parts: PeopleParts,
  occasion: Occasion,
  question: string,
  openMs: number,
  answers: Answers,
): void {
  occasion.reply(question, questionButtons(parts, occasion, answers, openMs))
}

function nameOf({ mask }: PeopleParts, { title }: Session): string {
  return `<b>${escapeHtml(quietText(mask(cleanForChat(title))))}</b>`
}
