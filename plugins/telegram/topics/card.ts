import { isLive, type Session } from '../../../core/index.ts'
import { cleanForChat, escapeHtml, type Mask } from '../text/index.ts'

/** A command line as it may have been typed; more is in the terminal. */
const COMMAND_UNITS = 300

/** The first message of a topic: whose it is. */
export function cardText(session: Session, mask: Mask): string {
  const { computer, origin, originAdapter, kind, title, description, terminal, command, id, state } = session
  const from = origin === computer ? originAdapter : `${originAdapter} on ${origin}`
  const shown = typeof command === 'string' ? command : command?.join(' ')
  const lines = [
    `🖥 <b>${text(title)}</b>`,
    ...(description ? [text(description)] : []),
    `<b>${text(computer)}</b> · ${text(kind)} · <code>${text(terminal.cwd)}</code>`,
    ...(shown ? [`<code>${text(mask(shown.slice(0, COMMAND_UNITS)))}</code>`] : []),
    `started through ${text(from)} · <code>${id}</code>`,
    ...(isLive(state) ? ['What you write here is typed into it. /help says what else there is.'] : []),
  ]
  return lines.join('\n')
}

function text(value: string): string {
  return escapeHtml(cleanForChat(value))
}
