import { isLive, type Session, topicName } from '../../../core/index.ts'
import { atMostUnits, cleanForChat, escapeHtml, type Mask, quietText, safeTopicName } from '../text/index.ts'

/** What of each fact is shown, so that all of them are one message, and a phone shows it without scrolling. */
const FACT_UNITS = 300

/** The first message of a topic: whose it is. */
export function cardText(session: Session, mask: Mask): string {
  const { computer, origin, originAdapter, kind, title, description, terminal, command, id, state } = session
  const from = origin === computer ? originAdapter : `${originAdapter} on ${origin}`
  const shown = typeof command === 'string' ? command : command?.join(' ')
  const code = (value: string) => escapeHtml(atMostUnits(mask(cleanForChat(value)).trim(), FACT_UNITS))
  const text = (value: string) => quietText(code(value))
  const lines = [
    `🖥 <b>${text(title)}</b>`,
    ...(description ? [text(description)] : []),
    `<b>${text(computer)}</b> · ${text(kind)} · <code>${code(terminal.cwd)}</code>`,
    ...(shown ? [`<code>${code(shown)}</code>`] : []),
    `started through ${text(from)} · <code>${id}</code>`,
    ...(isLive(state) ? ['What you write here is typed into it. /help says what else there is.'] : []),
  ]
  return lines.join('\n')
}

/** What the topic of a session is called. */
export function topicNameOf(session: Session, mask: Mask): string {
  return safeTopicName(mask(topicName(session)))
}
