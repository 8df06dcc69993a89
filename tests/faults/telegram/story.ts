import { expect } from 'vitest'
import type { SessionId } from '../../../core/ids.ts'
import type { Session } from '../../../core/sessions/session.ts'
import type { TerminalInput } from '../../../core/sessions/terminal.ts'
import { seededRandom } from '../../plugins/telegram/scheduled-bot.ts'
import {
  type ChatMessage,
  type FaultKind,
  NO_LIMITS,
  type TelegramServer,
  type Topic,
} from '../../support/telegram/index.ts'
import { type Shell, type TimedTelegram, timedTelegram } from '../../support/timed-telegram.ts'

/** What comes of a command: a message, several, a file, or a message after live output. */
const KINDS = {
  small: { lines: 3, ms: 0 },
  parts: { lines: 900, ms: 0 },
  file: { lines: 4000, ms: 0 },
  slow: { lines: 5, ms: 8000 },
} as const
type Kind = keyof typeof KINDS
const kinds = Object.keys(KINDS) as Kind[]

interface Step {
  readonly afterMs: number
  readonly session: string
  readonly line: string
}

/** In the first two a person types, in the others somebody on the command line. */
const TITLES = ['ada', 'grace', 'cli', 'bot'] as const
const isTypedInTelegram = (title: string) => title === 'ada' || title === 'grace'
const COMMANDS = 32
/** However long Telegram fails, nothing that was typed is too old. */
const DAY_MS = 86_400_000

const steps: readonly Step[] = (() => {
  const random = seededRandom(1)
  return Array.from({ length: COMMANDS }, (_, at) => {
    const session = TITLES[Math.floor(random() * TITLES.length)] ?? 'ada'
    const kind = kinds[Math.floor(random() * kinds.length)] ?? 'small'
    return { afterMs: Math.floor(random() * 6000), session, line: `${kind} ${session}${at} ${at % 3}` }
  })
})()

const linesOf = (title: string) => steps.filter(({ session }) => session === title).map(({ line }) => line)

const shell: Shell = line => {
  const [kind = '', tag, exitCode] = line.split(' ')
  const { lines, ms } = KINDS[kind as Kind]
  const output = Array.from({ length: lines }, (_, at) => `${tag} ${at + 1}\n`).join('')
  return { output, exitCode: Number(exitCode), ms }
}

/** What the results of a session say, one line after the other. */
function expectedOf(title: string): readonly string[] {
  return linesOf(title).flatMap(line => {
    const { output, exitCode } = shell(line)
    return [`exit ${exitCode}`, ...output.trimEnd().split('\n')]
  })
}

/** How the group and the journals stand in the end. */
export interface EndState {
  readonly sessions: readonly {
    readonly name: string
    readonly isClosed: boolean
    /** What the results say, each once, in order. */
    readonly results: readonly string[]
    /** What the live messages say that nothing wrote to any more. */
    readonly live: readonly string[]
    readonly typed: readonly string[]
    /** How often the journal has that something was typed. */
    readonly inputs: number
  }[]
  /** What is there more than once, or was left behind, since Telegram did not tell that it was there. */
  readonly doubles: { readonly topics: number; readonly messages: number }
}

/** What the end is where everything went as it should. */
export const expectedSessions: EndState['sessions'] = TITLES.map(title => ({
  ...{ name: `$testhost - ${title} is over`, isClosed: true, results: expectedOf(title) },
  ...{ live: [], typed: linesOf(title), inputs: linesOf(title).length },
}))

/** Several sessions and what is typed into them, on a Telegram that `disturb` may have told to fail. */
export async function tellStory(disturb?: (telegram: TelegramServer) => void): Promise<EndState> {
  const timed = await timedTelegram({ limits: NO_LIMITS, settings: { maxUpdateAgeMs: DAY_MS } })
  const { room, host, pass, passUntil } = timed
  disturb?.(room.telegram)
  const sessions = await Promise.all(TITLES.map(title => timed.shell(title, shell)))
  const topicOf = ({ title }: Pick<Session, 'title'>) =>
    room.forum.topics.find(topic => topic.name.endsWith(` ${title}`) && topic.messages.length > 0)
  await passUntil(() => sessions.every(topicOf), 'every card')
  await type(timed, sessions, topicOf)
  const areThere = (session: Session) =>
    resultsIn(topicOf(session)).length >= expectedOf(session.title).length
  await passUntil(() => sessions.every(areThere), 'every result')
  const typed = sessions.map(session => host.typed(session).map(textOf))
  const inputs = await Promise.all(sessions.map(({ id }) => inputsIn(timed, id)))
  for (const session of sessions) {
    await host.call('session.rename', { session_id: session.id, title: `${session.title} is over` })
    await host.exit(session)
  }
  const ended = () => sessions.map(({ title }) => topicOf({ title: `${title} is over` }))
  await passUntil(() => ended().every(topic => topic?.isClosed), 'closed topics')
  await pass(600_000)
  const topics = ended().flatMap(topic => topic ?? [])
  return {
    sessions: topics.map((topic, at) => ({
      ...{ name: topic.name, isClosed: topic.isClosed, results: resultsIn(topic), live: unendedIn(topic) },
      ...{ typed: typed[at] ?? [], inputs: inputs[at] ?? 0 },
    })),
    doubles: {
      topics: room.forum.topics.length - topics.length,
      messages: topics.reduce((sum, topic) => sum + doublesIn(topic), 0),
    },
  }
}

async function type(
  { room, host, pass }: TimedTelegram,
  sessions: readonly Session[],
  topicOf: (session: Session) => Topic | undefined,
): Promise<void> {
  for (const { afterMs, session: title, line } of steps) {
    await pass(afterMs)
    const session = sessions.find(one => one.title === title)
    const topic = session && topicOf(session)
    if (isTypedInTelegram(title) && topic) room.ada.say(topic, line)
    else await host.call('session.input', { session_id: session?.id, text: line })
  }
}

/** Of results, each is a message with a sound and answers nobody. */
const soundedIn = (topic: Topic | undefined) =>
  topic?.messages.filter(({ from, sightings }) => from.is_bot && sightings[0]?.notified) ?? []

const isCopy = (message: ChatMessage, at: number, messages: readonly ChatMessage[]) => {
  const before = messages[at - 1]
  return before?.text === message.text && sizeOf(before) === sizeOf(message)
}

const sizeOf = ({ document }: ChatMessage) => document?.bytes.length

function resultsIn(topic: Topic | undefined): readonly string[] {
  const whole = soundedIn(topic).filter((...found) => !isCopy(...found))
  return whole.flatMap(({ text, document }) =>
    (document ? Buffer.from(document.bytes).toString() : text)
      .split('\n')
      .flatMap(line => /^(?:[✅❌] )?(exit \d+|[a-z]+\d+ \d+)(?: ·.*)?$/u.exec(line)?.[1] ?? []),
  )
}

const silentIn = ({ messages }: Topic) =>
  messages.filter(({ from, sightings }) => from.is_bot && !sightings[0]?.notified)

const isCard = ({ text }: ChatMessage) => text.includes('started through')

/** Those that do not say how it ended. */
const unendedIn = (topic: Topic) =>
  silentIn(topic)
    .filter(message => !isCard(message))
    .map(({ text }) => text)
    .filter(text => !/^[✅❌🏁]/mu.test(text))

const doublesIn = (topic: Topic) =>
  soundedIn(topic).filter(isCopy).length + silentIn(topic).filter(isCard).length - 1

const textOf = (input: TerminalInput) => (input.type === 'text' ? input.text : input.type)

async function inputsIn({ host }: TimedTelegram, session: SessionId): Promise<number> {
  const entries = await host.client.getMessages(session, 100_000)
  return entries.filter(({ kind }) => kind === 'input').length
}

/** What can go wrong with a call; of polls more go wrong by giving again what they gave, since nothing else can. */
const FAULTS: readonly FaultKind[] = [
  ...(['429', '500', '502', 'timeout', 'timeout-after', 'disconnect-before', 'disconnect-after'] as const),
  ...Array.from({ length: 5 }, () => 'duplicate-update' as const),
]

/** Tells the story while three of ten calls fail. What is doubled must be what Telegram had done without saying so. */
export async function disturbedStory(seed: number): Promise<void> {
  const { promise: server, resolve } = Promise.withResolvers<TelegramServer>()
  const { sessions, doubles } = await tellStory(telegram => {
    telegram.faults.random({ rate: 0.3, seed, kinds: FAULTS })
    resolve(telegram)
  })
  const { faults } = await server
  const untold = (...methods: readonly string[]) =>
    faults.taken.filter(({ method, fault }) => methods.includes(method) && fault.endsWith('-after')).length
  expect(sessions.map(session => ({ ...session, live: [] }))).toEqual(expectedSessions)
  expect(faults.given.get('duplicate-update')).toBeGreaterThan(0)
  expect(doubles.topics).toBe(untold('createForumTopic'))
  const left = sessions.flatMap(({ live }) => live).length
  expect(doubles.messages + left).toBeLessThanOrEqual(untold('sendMessage', 'sendDocument'))
}
