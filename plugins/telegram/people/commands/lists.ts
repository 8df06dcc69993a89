import type { Session } from '../../../../core/index.ts'
import { atMostUnits, cleanForChat, durationText, escapeHtml, plainOf, quietText } from '../../text/index.ts'
import type { PeopleParts } from '../people-parts.ts'
import { topicLink } from '../topic-link.ts'
import type { Command } from './command.ts'

/** Nobody reads more. */
const MAX_LINES = 25
/** A message has 4096, of which the last line needs some. */
const MAX_UNITS = 4000
const TITLE_UNITS = 60

export const sessions: Command = {
  name: 'sessions',
  summary: 'List the sessions that run',
  isInSession: false,
  async run(parts, { caller, reply }) {
    const { operations, clock } = parts.ctx
    const found = await operations.call<{ sessions: readonly Session[] }>(
      'session.list',
      { state: 'live' },
      caller,
    )
    const lines = found.sessions.map(session => sessionLine(parts, session, clock.now()))
    reply(lines.length > 0 ? atMost(lines).join('\n') : 'No session runs. /new starts one.')
  },
}

/** Whole lines, as many as one message has room for. */
function atMost(lines: readonly string[]): readonly string[] {
  let units = 0
  const firstLeft = lines.findIndex((line, at) => {
    units += plainOf(line).length + 1
    return at >= MAX_LINES || units > MAX_UNITS
  })
  return firstLeft < 0 ? lines : [...lines.slice(0, firstLeft), `… and ${lines.length - firstLeft} more`]
}

function sessionLine({ topics, mask }: PeopleParts, session: Session, now: number): string {
  const { id, title, computer, kind, state, lastActivityAt } = session
  const record = topics.find(id)
  const name = quietText(atMostUnits(mask(cleanForChat(title)), TITLE_UNITS))
  const link = record ? topicLink(record, name) : escapeHtml(name)
  const idle = durationText(Math.max(0, now - lastActivityAt))
  return `• <b>${link}</b> · ${escapeHtml(computer)} · ${escapeHtml(kind)} · ${state}, active ${idle} ago`
}

interface ComputerFacts {
  readonly name: string
  readonly status: string
  readonly self: boolean
  readonly sessions: { readonly running: number } | null
}

export const computers: Command = {
  name: 'computers',
  summary: 'List the computers',
  isInSession: false,
  async run({ ctx }, { caller, reply }) {
    const found = await ctx.operations.call<{ computers: readonly ComputerFacts[] }>(
      'computers.list',
      {},
      caller,
    )
    reply(atMost(found.computers.map(computerLine)).join('\n'))
  },
}

function computerLine({ name, status, self, sessions }: ComputerFacts): string {
  const sign = status === 'online' ? '🟢' : '⚪️'
  const running = sessions
    ? ` · ${sessions.running === 1 ? '1 session' : `${sessions.running} sessions`}`
    : ''
  return `${sign} <b>${escapeHtml(name)}</b> · ${escapeHtml(status)}${running}${self ? ' · its bot answers here' : ''}`
}
