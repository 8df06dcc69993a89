import type { InlineKeyboardMarkup } from 'grammy/types'
import { messageOf, type Principal } from '../../../core/index.ts'
import { isFault } from '../api/fault.ts'
import type { Place } from '../post.ts'
import type { Heard } from './heard.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'

export interface OpenOccasion extends Occasion {
  /** Settles when Telegram has every answer, or will not have it: false where the daemon ended before. */
  answered(): Promise<boolean>
}

/** What somebody may do in Telegram: all that people may, but not end the daemon. */
const SCOPES = [
  'computers:read',
  'sessions:read',
  'sessions:start',
  'sessions:input',
  'sessions:close',
  'messages:send',
] as const

/** One of the reactions that every group allows unless it allows none. */
const DONE = '👌'

/** What was heard, with whose topic it is now and ways to answer. */
export function openOccasion(parts: PeopleParts, heard: Heard): OpenOccasion {
  const { ctx, post, topics, outgoing, api } = parts
  const { chat, topic, person, message } = heard
  const record = topic === null ? null : topics.at(chat, topic)
  const place: Place = { chat, topic, lane: `user:${person.id} ${topic}` }
  const principal: Principal = { kind: 'telegram', userId: person.id, scopes: SCOPES }
  const options = (keyboard?: InlineKeyboardMarkup) =>
    ({ priority: 'reply', keyboard, signal: ctx.signal }) as const
  const answers: Promise<boolean>[] = []

  const telling = (work: Promise<unknown>): void => {
    const settled = work.then(
      () => true,
      error => {
        ctx.log.warn({ problem: messageOf(error) }, 'somebody in Telegram could not be answered')
        return !ctx.signal.aborted
      },
    )
    answers.push(settled)
  }
  const send = (html: string, keyboard?: InlineKeyboardMarkup) =>
    post.send(place, html, { ...options(keyboard), replyTo: message })
  const edit = async (html: string, keyboard?: InlineKeyboardMarkup) => {
    try {
      await post.edit(place, message, html, options(keyboard))
    } catch (error) {
      if (!isFault(error, 'message-gone')) throw error
      await send(html, keyboard)
    }
  }
  const react = async () => {
    const payload = {
      chat_id: chat,
      message_id: message,
      reaction: [{ type: 'emoji', emoji: DONE } as const],
    }
    try {
      const call = (signal: AbortSignal) => api.call('setMessageReaction', payload, { signal })
      await outgoing.submitFree('people', call, ctx.signal)
    } catch (error) {
      // A group may allow no reactions, and a server not know them.
      if (!isFault(error)) throw error
    }
  }
  return {
    ...{ heard, record, place, caller: { principal, surface: 'telegram' }, telling },
    reply: (html, keyboard) => telling(send(html, keyboard)),
    revise: (html, keyboard) => telling(edit(html, keyboard)),
    acknowledge: () => telling(react()),
    async answered() {
      // One may lead to another.
      for (const answer of answers) if (!(await answer)) return false
      return true
    },
  }
}
