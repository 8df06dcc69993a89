import { isFault } from '../api/fault.ts'
import { askToClose } from './close-question.ts'
import { personBinding, sessionBinding } from './controls.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { actionsOn, type SessionActions } from './session-actions.ts'
import { answerTopicQuestion } from './topic-events.ts'

/** Does what a button says. One that is not ours, or was made for another session or person, does nothing. */
export async function press(parts: PeopleParts, occasion: Occasion<'press'>): Promise<void> {
  const { heard } = occasion
  try {
    await answer(parts, heard.query, await act(parts, occasion))
  } catch (error) {
    await answer(parts, heard.query, 'That did not work.')
    throw error
  }
}

const NOT_OURS = 'This button is of no use here any more.'

/** Returns what the person is told in passing. */
async function act(parts: PeopleParts, occasion: Occasion<'press'>): Promise<string> {
  const { heard, record, place, caller } = occasion
  const person = heard.person.id
  const { buttons } = parts
  const own = buttons.read(heard.data, personBinding(person, null))
  if (own) return await pick(parts, own, person)
  if (!record) return NOT_OURS
  const actions = actionsOn(parts, record.session, place, caller)
  const answered = buttons.read(heard.data, personBinding(person, record.session))
  if (answered?.startsWith('again:') || answered === 'close:reopen')
    return await answerTopicQuestion(parts, occasion, answered)
  if (answered) return await answerQuestion(actions, answered)
  const action = buttons.read(heard.data, sessionBinding(record.session))
  return action ? await control(parts, occasion, actions, action) : NOT_OURS
}

async function pick({ choices }: PeopleParts, action: string, person: number): Promise<string> {
  const [, name = '', at = ''] = action.split(':')
  const choice = choices.take(name, person)
  const option = choice?.options[Number(at)]
  if (!choice || option === undefined) return 'This question is over. Ask again with /new.'
  await choice.pick(option)
  return option
}

async function answerQuestion(actions: SessionActions, action: string): Promise<string> {
  if (action !== 'close:yes') return 'It goes on.'
  await actions.close()
  return 'Ended.'
}

async function control(
  parts: PeopleParts,
  occasion: Occasion<'press'>,
  actions: SessionActions,
  action: string,
): Promise<string> {
  if (action.startsWith('key:')) {
    await actions.keys([action.slice('key:'.length)])
    return action.slice('key:'.length)
  }
  switch (action) {
    case 'interrupt':
      await actions.interrupt()
      return 'Ctrl-C'
    case 'screen':
      await occasion.reply(await actions.screen())
      return ''
    case 'log':
      await actions.sendLog()
      return ''
    case 'close':
      await askToClose(parts, occasion)
      return ''
    default:
      return NOT_OURS
  }
}

/** Telegram shows a clock on the button until it is answered; it waits half a minute for that at most. */
async function answer({ outgoing, api, ctx }: PeopleParts, query: string, text: string): Promise<void> {
  const payload = { callback_query_id: query, ...(text && { text: text.slice(0, 200) }) }
  try {
    await outgoing.submitFree(signal => api.call('answerCallbackQuery', payload, { signal }), ctx.signal)
  } catch (error) {
    if (!isFault(error, 'query-too-old'))
      ctx.log.debug({ err: error }, 'a press of a button was not answered')
  }
}
