import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'vitest'
import type { Session } from '../../../core/sessions/session.ts'
import { TELEGRAM_LIMITS, type Topic } from '../../support/telegram/index.ts'
import { timedTelegram } from '../../support/timed-telegram.ts'

const MINUTE = 60_000
/** What the scheduler takes for Telegram's minute: a second more, since Telegram counts in whole seconds. */
const WINDOW = 61_000
const PER_WINDOW = 20
/** Minutes that so many calls take where nothing else is as urgent. */
const windowsFor = (calls: number) => Math.ceil(calls / PER_WINDOW) * WINDOW
const LINES = 40
/** What fifty sessions print in a quarter of an hour is ten times that; the live end of their journals is kept. */
const MOST_GROWN = 8 * 2 ** 20

/** So many sessions print at full speed into one group, at 20 messages a minute: for so long after each was shown once. */
export async function printAtFullSpeed(count: number, forMs: number): Promise<void> {
  /** A topic and a card for each, after what an earlier daemon may have used of the first minute. */
  const cardsWithin = WINDOW + windowsFor(2 * count)
  /** A file for each, after the minute that live output has used. */
  const resultsWithin = WINDOW + windowsFor(count)
  /** A turn of every live message. */
  const round = (count / 12) * WINDOW + MINUTE
  const limits = { messagesPerMinute: 20, liveEditsPerMinute: 12 }
  const { room, host, clock, pass, passUntil, append } = await timedTelegram({
    limits: TELEGRAM_LIMITS,
    settings: limits,
  })
  const { telegram, forum } = room
  const sessions: Session[] = []
  for (let index = 0; index < count; index++) {
    const session = await host.startSession({ title: `s${index}` })
    await append(session, [{ kind: 'mark', mark: { type: 'start' } }])
    sessions.push(session)
  }
  let printed = 0
  const printing = async (forMs: number) => {
    for (const end = clock.monotonic() + forMs; clock.monotonic() < end; await pass(10_000)) {
      printed++
      for (const session of sessions) await host.print(session, linesOf(session, printed))
    }
  }
  const topics = () =>
    sessions.map(({ title }) => forum.topics.find(topic => topic.name.endsWith(` ${title}`)) ?? forum.general)
  await printing(cardsWithin)
  expect(topics().filter(topic => topic.messages.length > 0)).toHaveLength(count)

  await printing(round)
  const heap = heapUsed(host.logs)
  const states = topics().map(liveStates)
  await printing(forMs)
  const grown = heapUsed(host.logs) - heap
  const shown = topics().map((topic, at) => liveStates(topic) - (states[at] ?? 0))
  expect(Math.max(...shown) - Math.min(...shown)).toBeLessThanOrEqual(1)

  await pass(round)
  for (const [at, topic] of topics().entries()) {
    const [, live] = topic.messages
    expect(live?.text).toContain(`s${at} ${printed} ${LINES}`)
  }
  for (const session of sessions)
    await append(session, [
      { kind: 'mark', mark: { type: 'end', exitCode: 0, durationMs: null, cwd: null } },
      { kind: 'mark', mark: { type: 'prompt', cwd: null } },
    ])
  const results = () => topics().flatMap(topic => topic.messages.find(({ document }) => document) ?? [])
  await passUntil(() => results().length === count, 'every result', resultsWithin)
  for (const [at, { document }] of results().entries()) {
    const lines = Buffer.from(document?.bytes ?? [])
      .toString()
      .match(/^s\d+ \d+ \d+$/gm)
    expect(lines).toEqual(everyLine(sessions[at], printed))
  }

  await pass(round)
  for (const topic of topics()) {
    const [card, live, result, ...more] = topic.messages
    expect([card?.edits, result?.document?.name, more.length]).toEqual([0, 'output.txt', 0])
    expect(live?.text).toMatch(/^✅ exit 0/)
  }
  expect(telegram.counts.answered(429)).toBeLessThanOrEqual(1)
  expect(grown).toBeLessThan(MOST_GROWN)
}

const liveStates = ({ messages }: Topic) => messages.reduce((sum, { edits }) => sum + edits, 0)

function linesOf({ title }: Session, at: number): string {
  return Array.from({ length: LINES }, (_, line) => `${title} ${at} ${line + 1}\r\n`).join('')
}

function everyLine(session: Session | undefined, printed: number): readonly string[] {
  if (!session) return []
  return Array.from({ length: printed }, (_, at) =>
    linesOf(session, at + 1)
      .trimEnd()
      .split('\r\n'),
  ).flat()
}

/** After a collection, without what the test itself keeps. */
function heapUsed(logs: readonly string[]): number {
  ;(logs as string[]).length = 0 // what the host logs is an array of its own, however it shows it
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
