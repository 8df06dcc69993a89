import { isFault } from '../api/fault.ts'
import type { TopicRecord } from '../topics/topic-store.ts'
import { askToClose, closeAsAnswered } from './close-question.ts'
import { personBinding, sessionBinding } from './controls.ts'
import type { Heard } from './heard.ts'
import { LOG_UNDER_WAY } from './logs.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { answerIn } from './questions.ts'
import { actionsOn } from './session-actions.ts'
import { startAsAnswered } from './start-again.ts'

type Press = Heard & { readonly type: 'press' }

/** What a press asks for. */
export interface Plan {
  /** What the person is told in passing, at once. */
  readonly toast: string
  /** Whether there is anything to do. */
  readonly isOurs: boolean
  /** Whether it goes before what was said before it. */
  readonly isUrgent: boolean
  act(occasion: Occasion<'press'>): Promise<void> | void
}

/** Reads what a button was made for. One that is not ours, or was made for another session or person, is for nothing. */
export function planOf(parts: PeopleParts, press: Press, record: TopicRecord | null): Plan {
  const { buttons } = parts
  const person = press.person.id
  const own = buttons.read(press.data, personBinding(person, null))
  if (own) return pickPlan(parts, own, person)
  if (!record) return NOTHING
  const answered = answerIn(parts, press, record.session)
  if (answered) return answered.isOver ? toast(OVER) : answerPlan(parts, answered.answer)
  const control = buttons.read(press.data, sessionBinding(record.session))
  return control ? controlPlan(parts, control, record.session) : NOTHING
}

const NOTHING = toast('This button is not for you, or of no use any more.')
const OVER = 'This question is over. Ask again.'
const LATE_OVER =
  'This list is from before a restart, or a day old: it does nothing any more. Write again what you still want.'
const ANSWERED = 'You have answered this already.'

function toast(text: string): Plan {
  return { toast: text, isOurs: false, isUrgent: false, act() {} }
}

function pickPlan({ choices }: PeopleParts, action: string, person: number): Plan {
  const [about, name = '', at = ''] = action.split(':')
  if (choices.isAnswered(name, person)) return toast(ANSWERED)
  const option = choices.find(name, person)?.options[Number(at)]
  if (option === undefined) return toast(about === 'late' ? LATE_OVER : OVER)
  // Only now: a press that came too late answers nothing.
  return plan('', occasion => choices.take(name, person)?.pick(option, occasion))
}

function answerPlan(parts: PeopleParts, answer: string): Plan {
  const follow = answer.startsWith('close:') ? closeAsAnswered : startAsAnswered
  return plan('', occasion => follow(parts, occasion, answer))
}

function controlPlan(parts: PeopleParts, control: string, session: string): Plan {
  const on = (occasion: Occasion) => actionsOn(parts, occasion)
  if (control.startsWith('key:')) {
    const key = control.slice('key:'.length)
    return plan(key, occasion => on(occasion).keys([key]))
  }
  switch (control) {
    case 'interrupt':
      return { ...plan('Ctrl-C', occasion => on(occasion).interrupt()), isUrgent: true }
    case 'screen':
      return plan('', occasion => on(occasion).showScreen())
    case 'log':
      return parts.logs.isUnderWay(session)
        ? toast(LOG_UNDER_WAY)
        : plan('The log comes as a file.', occasion => on(occasion).sendLog())
    case 'close':
      return plan('', occasion => askToClose(parts, occasion))
    default:
      return NOTHING
  }
}

function plan(text: string, act: Plan['act']): Plan {
  return { toast: text, isOurs: true, isUrgent: false, act }
}

/**
 * Telegram shows a clock on the button until it is answered, and takes an answer only for some seconds: a press has no
 * time of its own, but what cannot be answered any more was pressed too long ago. Settles with whether it was in time.
 */
export async function answerPress(
  { outgoing, api, ctx }: PeopleParts,
  query: string,
  text: string,
): Promise<boolean> {
  const payload = { callback_query_id: query, ...(text && { text: text.slice(0, 200) }) }
  let mayBeAnswered = false
  try {
    await outgoing.submitFree(
      'press',
      async signal => {
        try {
          await api.call('answerCallbackQuery', payload, { signal })
        } catch (error) {
          mayBeAnswered ||= isFault(error) && error.isOutcomeUnknown
          throw error
        }
      },
      ctx.signal,
    )
  } catch (error) {
    if (isFault(error, 'query-too-old')) return mayBeAnswered
    ctx.log.debug({ err: error }, 'a press of a button was not answered')
  }
  return true
}
