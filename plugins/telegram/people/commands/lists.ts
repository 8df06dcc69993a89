import { isLive, type Session } from '../../../../core/index.ts'
import { cleanForChat, durationText, escapeHtml } from '../../text/index.ts'
import type { PeopleParts } from '../people-parts.ts'
import type { Command } from './command.ts'

/** More do not fit into one message, and nobody reads them. */
const MAX_LINES = 40

export const sessions: Command = {
  name: 'sessions',
  summary: 'List the sessions that run',
  async run(parts, { caller, reply, record }) {
    const { operations, clock } = parts.ctx
    const input = { state: 'live' }
    const { sessions } = await operations.call<{ sessions: readonly Session[] }>(
      'session.list',
      input,
      caller,
    )
    const live = sessions.filter(({ state }) => isLive(state))
    const lines = live.slice(0, MAX_LINES).map(session => sessionLine(parts, session, clock.now()))
    const more = live.length > MAX_LINES ? [`… and ${live.length - MAX_LINES} more`] : []
    const hint = record ? [] : ['/new starts one.']
    await reply(lines.length > 0 ? [...lines, ...more].join('\n') : ['No session runs.', ...hint].join(' '))
  },
}

function sessionLine({ topics, group }: PeopleParts, session: Session, now: number): string {
  const { id, title, computer, kind, state, lastActivityAt } = session
  const record = topics.find(id)
  const name = escapeHtml(cleanForChat(title))
  const link = record ? `<a href="${topicLink(group.id, record.topic)}">${name}</a>` : name
  const idle = durationText(Math.max(0, now - lastActivityAt))
  return `• <b>${link}</b> · ${computer} · ${kind} · ${state}, ${idle} ago · <code>${id}</code>`
}

/** Supergroups have the prefix -100, which links leave out: https://core.telegram.org/api/links#message-links */
function topicLink(chat: number, topic: number): string {
  return `https://t.me/c/${String(chat).replace(/^-100/, '')}/${topic}`
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
  async run({ ctx }, { caller, reply }) {
    const { computers } = await ctx.operations.call<{ computers: readonly ComputerFacts[] }>(
      'computers.list',
      {},
      caller,
    )
    const lines = computers.slice(0, MAX_LINES).map(({ name, status, self, sessions }) => {
      const sign = status === 'online' ? '🟢' : '⚪️'
      return `${sign} <b>${escapeHtml(name)}</b>${self ? ' (this one)' : ''} · ${escapeHtml(status)} · sessions: ${sessions?.running ?? 0}`
    })
    await reply(lines.join('\n'))
  },
}
