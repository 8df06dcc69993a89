import { expect, test } from 'vitest'
import { FakeClock } from '../../../../core/testing/fake-clock.ts'
import { createButtons } from '../../../../plugins/telegram/people/buttons.ts'
import { createChoices } from '../../../../plugins/telegram/people/choices.ts'
import type { Occasion, PeopleParts } from '../../../../plugins/telegram/people/people-parts.ts'
import { answerIn, questionButtons } from '../../../../plugins/telegram/people/questions.ts'

const ADA = { id: 42, name: 'Ada', isBot: false }

test('a question about a session is over when its time is, also after a restart', async () => {
  const clock = new FakeClock()
  // The parts that questions are made of.
  const parts = { buttons: createButtons(Buffer.alloc(32)), ctx: { clock } } as unknown as PeopleParts
  const occasion = { heard: { person: ADA }, record: { session: 's' } } as unknown as Occasion
  const keyboard = questionButtons(parts, occasion, [['Yes', 'close:yes']], 600_000)
  const [button] = keyboard.inline_keyboard.flat()
  const data = button && 'callback_data' in button ? button.callback_data : ''
  const answer = (person = ADA, session = 's') => answerIn(parts, { data, person }, session)
  expect(answer()).toEqual({ answer: 'close:yes', isOver: false })
  expect(answer({ ...ADA, id: 43 })).toBeNull()
  expect(answer(ADA, 'other')).toBeNull()
  await clock.advance(600_000)
  expect(answer()).toEqual({ answer: 'close:yes', isOver: false })
  await clock.advance(60_001)
  expect(answer()).toEqual({ answer: 'close:yes', isOver: true })
})

test('a choice is taken once, by whom it is for, in time', async () => {
  const clock = new FakeClock()
  const choices = createChoices(clock)
  const choice = { person: 42, options: ['a'], pick() {} }
  const name = choices.open(choice)
  expect(choices.take(name, 43)).toBeNull()
  expect(choices.take(name, 42)).toBe(choice)
  expect(choices.take(name, 42)).toBeNull()
  const late = choices.open(choice)
  await clock.advance(600_000)
  expect(choices.take(late, 42)).toBeNull()
})

test('of very many questions the oldest are over', () => {
  const choices = createChoices(new FakeClock())
  const choice = { person: 42, options: ['a'], pick() {} }
  const names = Array.from({ length: 250 }, () => choices.open(choice))
  const open = names.filter(name => choices.take(name, 42) !== null)
  expect(open).toEqual(names.slice(50))
})
