import { TeleclaudeError } from '../../../../core/index.ts'
import { cleanForChat, escapeHtml } from '../../text/index.ts'
import { personBinding } from '../controls.ts'
import type { PeopleParts } from '../people-parts.ts'
import type { Command, CommandOccasion } from './command.ts'

/** A keyboard with more is no help to anybody. */
const MAX_OPTIONS = 24
const BUTTON_UNITS = 40
/** The choice of the home folder, beside the projects. */
const HOME = '~'

interface ComputerFacts {
  readonly name: string
  readonly status: string
  readonly self: boolean
  readonly capabilities: { readonly kinds: readonly string[] } | null
}

/** What is known so far of the session that is to be started. */
interface Draft {
  readonly computer?: ComputerFacts
  readonly cwd?: string
  readonly kind?: string
  readonly title?: string
}

export const newSession: Command = {
  name: 'new',
  summary: 'Start a session',
  usage: '[computer] [kind] [title]',
  async run(parts, occasion) {
    const { computers } = await parts.ctx.operations.call<{ computers: readonly ComputerFacts[] }>(
      'computers.list',
      {},
      occasion.caller,
    )
    const online = computers.filter(({ status }) => status === 'online')
    await proceed(parts, occasion, online, draftOf(occasion.heard.args, online))
  },
}

/** What was said at once: the name of a computer, then a kind that it has, then the title. */
function draftOf(args: string, online: readonly ComputerFacts[]): Draft {
  const words = args.split(/\s+/).filter(Boolean)
  const computer = online.find(({ name }) => name === words[0])
  if (computer) words.shift()
  const here = computer ?? online.find(({ self }) => self)
  const kind = here?.capabilities?.kinds.find(name => name === words[0])
  if (kind) words.shift()
  const title = words.join(' ')
  // Whoever gives a title has said all that they care about.
  const rest = title ? { title, cwd: HOME, kind: kind ?? 'shell', ...(here && { computer: here }) } : {}
  return { ...(computer && { computer }), ...(kind && { kind }), ...rest }
}

/** Asks for what is missing, one after the other, then starts it. */
async function proceed(
  parts: PeopleParts,
  occasion: CommandOccasion,
  online: readonly ComputerFacts[],
  draft: Draft,
): Promise<void> {
  const go = (more: Draft) => proceed(parts, occasion, online, { ...draft, ...more })
  if (!draft.computer) {
    const byName = new Map(online.map(one => [one.name, one]))
    return await choose(parts, occasion, 'On which computer?', [...byName.keys()], async name => {
      const computer = byName.get(name)
      if (computer) await go({ computer })
    })
  }
  if (!draft.cwd) {
    const folders = await projectsOf(parts, occasion, draft.computer)
    return await choose(parts, occasion, 'In which project?', [HOME, ...folders], cwd => go({ cwd }))
  }
  if (!draft.kind) {
    const kinds = draft.computer.capabilities?.kinds ?? ['shell']
    return await choose(parts, occasion, 'What is to run in it?', kinds, kind => go({ kind }))
  }
  await start(parts, occasion, draft)
}

async function choose(
  { buttons, choices }: PeopleParts,
  { heard, reply }: CommandOccasion,
  question: string,
  options: readonly string[],
  pick: (option: string) => Promise<void>,
): Promise<void> {
  const [only] = options
  if (only === undefined) throw new TeleclaudeError('TC_ERR_COMPUTER_OFFLINE', 'No computer is online.')
  if (options.length === 1) return await pick(only)
  const shown = options.slice(0, MAX_OPTIONS)
  const name = choices.open({ person: heard.person.id, options: shown, pick })
  const binding = personBinding(heard.person.id, null)
  const rows = shown.map((option, at) => [buttons.make(label(option), `pick:${name}:${at}`, binding)])
  await reply(question, { keyboard: { inline_keyboard: rows } })
}

/** Of a path the end says more than the beginning. */
function label(option: string): string {
  const text = cleanForChat(option)
  return text.length > BUTTON_UNITS ? `…${text.slice(1 - BUTTON_UNITS).toWellFormed()}` : text
}

async function projectsOf(
  { ctx }: PeopleParts,
  { caller }: CommandOccasion,
  { name }: ComputerFacts,
): Promise<readonly string[]> {
  const found = await ctx.operations.call<{ projects: readonly { readonly path: string }[] }>(
    'projects.list',
    { computer: name },
    caller,
  )
  return found.projects.map(({ path }) => path)
}

async function start({ ctx }: PeopleParts, { caller, reply }: CommandOccasion, draft: Draft): Promise<void> {
  const { computer, cwd = HOME, kind = 'shell', title = titleOf(cwd, kind) } = draft
  const input = { title, kind, ...(cwd !== HOME && { cwd }), ...(computer && { computer: computer.name }) }
  const started = await ctx.operations.call<{ topic_name: string }>('session.start', input, caller)
  await reply(
    `▶️ <b>${escapeHtml(cleanForChat(started.topic_name))}</b> is on its way: its topic comes in a moment.`,
  )
}

function titleOf(cwd: string, kind: string): string {
  const folder = cwd.split('/').filter(Boolean).at(-1)
  return cwd === HOME || !folder ? kind : folder
}
