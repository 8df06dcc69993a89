import type { InlineKeyboardMarkup } from 'grammy/types'
import { personBinding } from './controls.ts'
import type { Heard } from './heard.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'

/** What the buttons of a question say, and the names of the answers. */
export type Answers = readonly (readonly [text: string, answer: string])[]

const MINUTE = 60_000

/**
 * The buttons of a question about a session to one person. All that matters is in them, so that they work after a restart
 * too, for `openMs`.
 */
export function questionButtons(
  { buttons, ctx }: PeopleParts,
  { heard, record }: Pick<Occasion, 'heard' | 'record'>,
  answers: Answers,
  openMs: number,
): InlineKeyboardMarkup {
  const binding = personBinding(heard.person.id, record?.session ?? null)
  const until = Math.ceil((ctx.clock.now() + openMs) / MINUTE).toString(36)
  const row = answers.map(([text, answer]) => buttons.make(text, `${answer}:${until}`, binding))
  return { inline_keyboard: [row] }
}

/** What somebody answered to a question about the session; null where it was none of theirs. */
export function answerIn(
  { buttons, ctx }: PeopleParts,
  { data, person }: Pick<Heard & { type: 'press' }, 'data' | 'person'>,
  session: string,
): { readonly answer: string; readonly isOver: boolean } | null {
  const action = buttons.read(data, personBinding(person.id, session))
  const [, answer, until] = /^(.+):(\w+)$/.exec(action ?? '') ?? []
  if (answer === undefined || until === undefined) return null
  return { answer, isOver: Number.parseInt(until, 36) * MINUTE < ctx.clock.now() }
}
