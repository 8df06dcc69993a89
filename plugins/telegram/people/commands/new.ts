import { sleep, TeleclaudeError } from '../../../../core/index.ts'
import { boundaryAfter, cleanForChat, escapeHtml, quietText } from '../../text/index.ts'
import type { TopicRecord } from '../../topics/topic-store.ts'
import { personBinding } from '../controls.ts'
import type { Occasion, PeopleParts } from '../people-parts.ts'
import { titleFrom } from '../title.ts'
import { topicLink } from '../topic-link.ts'
import type { Command } from './command.ts'

/** A keyboard with more is no help to anybody. */
const MAX_OPTIONS = 24
const BUTTON_UNITS = 40
/** In a quiet group a topic is there within a second; longer than this nobody waits for an answer. */
const TOPIC_MS = 3000
const LOOK_MS = 100
/** The home folder, beside the projects. */
const HOME = { label: '🏠 home folder', value: '~' }

interface ComputerFacts {
  readonly name: string
  readonly status: string
  readonly self: boolean
  readonly capabilities: { readonly kinds: readonly string[] } | null
}

interface Project {
  readonly name: string
  readonly path: string
  readonly exists: boolean
}

/** What is known so far of the session that is to be started. */
interface Draft {
  readonly computer?: ComputerFacts
  readonly cwd?: string
  readonly kind?: string
  readonly title?: string
}

/** A message that asks one thing after the other, and then says what came of it. */
interface Dialogue {
  readonly parts: PeopleParts
  readonly occasion: Occasion
  readonly online: readonly ComputerFacts[]
  show: Occasion['reply']
}

export const newSession: Command = {
  name: 'new',
  summary: 'Start a session',
  usage: '[computer] [kind] [title]',
  isInSession: false,
  async run(parts, occasion) {
    const computers = await computersFor(parts, occasion)
    const online = computers.filter(({ status }) => status === 'online')
    const draft = draftOf(occasion.heard.args, computers)
    if (draft.computer && draft.computer.status !== 'online') throw away(draft.computer)
    await proceed({ parts, occasion, online, show: occasion.reply }, draft)
  },
}

/** What was said at once: the name of a computer, then a kind that it has, then the title. */
function draftOf(args: string, computers: readonly ComputerFacts[]): Draft {
  const words = args.split(/\s+/).filter(Boolean)
  const computer = computers.find(({ name }) => name === words[0]?.toLowerCase())
  if (computer) words.shift()
  const here = computer ?? computers.find(({ self }) => self)
  const kind = here?.capabilities?.kinds.find(name => name === words[0]?.toLowerCase())
  if (kind) words.shift()
  const title = titleFrom(words.join(' '))
  // Whoever gives a title has said all that they care about.
  const rest = title ? { title, cwd: HOME.value, kind: kind ?? 'shell', ...(here && { computer: here }) } : {}
  return { ...(computer && { computer }), ...(kind && { kind }), ...rest }
}

/** Asks for what is missing, one after the other, then starts it. */
async function proceed(dialogue: Dialogue, draft: Draft): Promise<void> {
  if (!draft.computer) {
    const options = dialogue.online.map(computer => ({ label: computer.name, value: computer }))
    return await choose(dialogue, 'On which computer?', options, computer => ({ ...draft, computer }))
  }
  const on = escapeHtml(draft.computer.name)
  if (!draft.cwd) {
    const options = [HOME, ...(await projectsOf(dialogue, draft.computer))]
    return await choose(dialogue, `In which project on <b>${on}</b>?`, options, cwd => ({ ...draft, cwd }))
  }
  if (!draft.kind) {
    const kinds = draft.computer.capabilities?.kinds ?? ['shell']
    const options = kinds.map(kind => ({ label: kind, value: kind }))
    return await choose(dialogue, 'What is to run in it?', options, kind => ({ ...draft, kind }))
  }
  await start(dialogue, draft)
}

interface Option<T> {
  readonly label: string
  readonly value: T
}

async function choose<T>(
  dialogue: Dialogue,
  question: string,
  all: readonly Option<T>[],
  next: (value: T) => Draft,
): Promise<void> {
  const { parts, occasion, show } = dialogue
  const options = all.slice(0, MAX_OPTIONS)
  const [only] = options
  if (!only) throw new TeleclaudeError('TC_ERR_COMPUTER_OFFLINE', 'No computer is online.')
  if (options.length === 1) return await proceed(dialogue, next(only.value))
  const { id } = occasion.heard.person
  const name = parts.choices.open({
    ...{ person: id, options: options.map((_, at) => `${at}`) },
    async pick(at, press) {
      const picked = options[Number(at)]
      if (picked) await proceed({ ...dialogue, occasion: press, show: press.revise }, next(picked.value))
    },
  })
  const binding = personBinding(id, null)
  const rows = options.map(({ label }, at) => [
    parts.buttons.make(shortened(label) || '?', `pick:${name}:${at}`, binding),
  ])
  const rest = all.length > options.length ? `\nThe first ${options.length} of ${all.length} are shown.` : ''
  show(question + rest, { inline_keyboard: rows })
}

/** Of a path the end says more than the beginning. */
function shortened(label: string): string {
  const text = cleanForChat(label).trim()
  return text.length > BUTTON_UNITS ? `…${text.slice(boundaryAfter(text, text.length - BUTTON_UNITS))}` : text
}

async function computersFor({ ctx }: PeopleParts, { caller }: Occasion): Promise<readonly ComputerFacts[]> {
  const alone = { name: ctx.computer, status: 'online', self: true, capabilities: null }
  const found = await orWithout(
    ctx.operations.call<{ computers: readonly ComputerFacts[] }>('computers.list', {}, caller),
    { computers: [alone] },
  )
  return found.computers
}

async function projectsOf(
  { parts, occasion }: Dialogue,
  { name }: ComputerFacts,
): Promise<readonly Option<string>[]> {
  const { operations } = parts.ctx
  const found = await orWithout(
    operations.call<{ projects: readonly Project[] }>('projects.list', { computer: name }, occasion.caller),
    { projects: [] },
  )
  const here = found.projects.filter(({ exists }) => exists)
  // A name that says nothing, or the same of several, is no choice.
  const isTelling = (name: string) =>
    shortened(name) !== '' && here.filter(other => shortened(other.name) === shortened(name)).length === 1
  return here.map(({ name, path }) => ({ label: isTelling(name) ? name : path, value: path }))
}

/** The registry plugin may be left out. */
async function orWithout<T>(found: Promise<T>, without: T): Promise<T> {
  try {
    return await found
  } catch (error) {
    if (error instanceof TeleclaudeError && error.code === 'TC_ERR_UNKNOWN_OPERATION') return without
    throw error
  }
}

async function start({ parts, occasion, show }: Dialogue, draft: Draft): Promise<void> {
  const { computer, cwd = HOME.value, kind = 'shell', title = titleOf(cwd, kind) } = draft
  const input = {
    ...{ title, kind, ...(computer && { computer: computer.name }) },
    ...(cwd !== HOME.value && { cwd }),
  }
  const started = await parts.ctx.operations.call<Started>('session.start', input, occasion.caller)
  occasion.telling(tell(parts, started, show))
}

interface Started {
  readonly session_id: string
  readonly topic_name: string
}

async function tell(parts: PeopleParts, { session_id, topic_name }: Started, show: Dialogue['show']) {
  const name = quietText(parts.mask(cleanForChat(topic_name)))
  const record = await topicOf(parts, session_id)
  show(
    record
      ? `▶️ <b>${topicLink(record, name)}</b> has started.`
      : `▶️ <b>${escapeHtml(name)}</b> has started. Its topic appears in a moment.`,
  )
}

/** The topic of a session that has just been started; null if it has none soon, or another bot's. */
async function topicOf({ ctx, topics }: PeopleParts, session: string): Promise<TopicRecord | null> {
  const { clock, signal } = ctx
  const end = clock.monotonic() + TOPIC_MS
  while (clock.monotonic() < end && !signal.aborted) {
    const record = topics.find(session)
    if (record) return record
    await sleep(clock, LOOK_MS, signal)
  }
  return null
}

function titleOf(cwd: string, kind: string): string {
  const folder = cwd.split('/').filter(Boolean).at(-1)
  return cwd === HOME.value || !folder ? kind : folder
}

function away({ name, status }: ComputerFacts): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_COMPUTER_OFFLINE', `${name} is ${status}. /computers lists them.`)
}
