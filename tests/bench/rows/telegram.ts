import { Api } from 'grammy'
import { sleep, systemClock } from '../../../core/clock.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { createOutgoing, telegramBudgets } from '../../../plugins/telegram/outgoing/outgoing.ts'
import { capturedLog } from '../../support/captured-log.ts'
import type { Topic } from '../../support/telegram/index.ts'
import { openBareBash } from '../floors/bare-pty.ts'
import { median, percentile } from '../measure/percentile.ts'
import { privateMemory } from '../measure/process-memory.ts'
import { timeOf } from '../measure/time.ts'
import { type BenchDaemon, startDaemon } from '../processes/daemon.ts'
import { startTelegramRoom, type TelegramRoom } from '../processes/telegram.ts'
import type { Figure, Row } from '../row.ts'

/** The bot says one thing a second to a chat, so more would take long. */
const MESSAGES = 20
/** After which the bot's second is over. */
const PAUSE_MS = 1100

export const telegram: Row = {
  name: 'telegram',
  summary: 'from a person in Telegram to the terminal and back, the scheduler, memory per topic',
  async run() {
    return [...(await latencies()), ...(await scheduling()), ...(await memoryPerTopic())]
  },
}

async function latencies(): Promise<readonly Figure[]> {
  await using room = await startTelegramRoom()
  using bash = await openBareBash()
  const session = await room.daemon.startSession()
  const topic = await room.topicOf(session)
  const heard = new EntryTimes(room, session)
  const times = { input: [] as number[], result: [] as number[], bot: [] as number[], bash: [] as number[] }
  for (let sent = 0; sent < MESSAGES; sent++) {
    await sleep(systemClock, PAUSE_MS)
    const word = `word${sent}`
    const saidAt = systemClock.monotonic()
    const [echoedAt, resultAt] = [heard.next(word), nextMessage(room, topic, word)]
    room.person.say(topic, `echo ${word}`)
    times.input.push((await echoedAt) - saidAt)
    times.result.push((await resultAt) - (await echoedAt))
    times.bash.push(await timeOf(() => bash.command(`echo ${word}`)))
  }
  heard.stop()
  times.bot.push(...(await echoBot(room)))
  const floor = median(times.bot) / 2
  return [
    {
      ...{
        what: 'said in a topic until the shell has it, p50',
        unit: 'ms',
        floor: floor + median(times.bash),
      },
      measured: median(times.input),
      note: `floor = half of what a bare grammY bot takes to hear and answer ${floor.toFixed(2)} ms + a command in bare node-pty`,
    },
    { what: 'the same, p99', unit: 'ms', measured: percentile(times.input, 0.99) },
    {
      ...{ what: 'printed until its result is at Telegram, p50', unit: 'ms', floor },
      measured: median(times.result),
      note: 'floor = the other half: one call of the Bot API',
    },
    { what: 'the same, p99', unit: 'ms', measured: percentile(times.result, 0.99) },
  ]
}

/** When the session's output is seen by a watcher on the control socket. */
class EntryTimes {
  readonly #stop = new AbortController()
  readonly #waiting = new Map<string, (at: number) => void>()

  constructor({ daemon }: TelegramRoom, session_id: string) {
    const onItem = (item: unknown) => {
      // The echo of what was typed is the first that holds it.
      const text = JSON.stringify(item)
      for (const [word, tell] of this.#waiting)
        if (text.includes(word)) {
          this.#waiting.delete(word)
          tell(systemClock.monotonic())
        }
    }
    const { signal } = this.#stop
    daemon.client.call('session.watch', { session_id }, { onItem, signal }).catch(() => {})
  }

  next(word: string): Promise<number> {
    return new Promise(resolve => this.#waiting.set(word, resolve))
  }

  stop(): void {
    this.#stop.abort()
  }
}

async function nextMessage(room: TelegramRoom, topic: Topic, word: string): Promise<number> {
  while (!topic.texts.some(text => text.endsWith(`\n${word}`))) await room.telegram.changed
  return systemClock.monotonic()
}

/** How long a bare bot takes to hear something and answer it, which are two calls of the Bot API. */
async function echoBot({ telegram, person }: TelegramRoom): Promise<number[]> {
  const bot = telegram.addBot({ username: 'echo_bot' })
  const api = new Api(bot.token, { apiRoot: telegram.apiRoot })
  const times: number[] = []
  let offset = 0
  for (let said = 0; said < MESSAGES; said++) {
    const polling = api.getUpdates({ offset, timeout: 10 })
    while (!bot.isPolling) await sleep(systemClock, 1)
    const answer = async () => {
      person.say(bot, 'hello')
      const [update] = await polling
      offset = (update?.update_id ?? 0) + 1
      await api.sendMessage(person.id, 'hello')
    }
    times.push(await timeOf(answer))
  }
  return times
}

const LANES = 50
const JOBS_EACH = 200

/** Jobs that cost nothing, on a clock that is driven: what is left is the scheduler. */
async function scheduling(): Promise<readonly Figure[]> {
  const clock = new FakeClock()
  const done = new Map<string, number>()
  const budgets = { ...telegramBudgets, perMinute: 1e6, perSecond: 1e6, botPerSecond: 1e6 }
  const outgoing = createOutgoing({
    clock,
    log: capturedLog().log,
    budgets,
    probe: async () => {},
    onProblem() {},
    onPaused() {},
  })
  let fairest = 0
  const lane = async (name: string) => {
    for (let n = 0; n < JOBS_EACH; n++) {
      const call = async () => {
        done.set(name, (done.get(name) ?? 0) + 1)
        const counts = [...done.values()]
        fairest = Math.max(fairest, Math.max(...counts) - (done.size < LANES ? 0 : Math.min(...counts)))
      }
      await outgoing.submit({ chat: -1, lane: name, priority: 'final', call })
    }
  }
  const tookMs = await timeOf(async () => {
    const all = Promise.all(Array.from({ length: LANES }, (_, at) => lane(`lane ${at}`)))
    await clock.advance(60_000)
    await all
  })
  await outgoing.close()
  return [
    { what: 'jobs through the scheduler', unit: '/s', measured: (LANES * JOBS_EACH * 1000) / tookMs },
    {
      ...{ what: `calls that one of ${LANES} busy sessions is ahead of another`, unit: 'calls' },
      ...{ measured: fairest, target: { of: 'value', atMost: 2 } },
    },
  ]
}

const SESSIONS = 40
const IDLE_MS = 3000

async function memoryPerTopic(): Promise<readonly Figure[]> {
  await using room = await startTelegramRoom()
  await using bare = await startDaemon()
  const grown = await Promise.all([
    growth(room.daemon, () => room.topics.length === SESSIONS + 1),
    growth(bare, () => true),
  ])
  const [withTopic = NO_GROWTH, without = NO_GROWTH] = grown
  return [
    {
      ...{ what: 'daemon with the plugin, one idle session', unit: 'MB', measured: withTopic.before },
      ...{ floor: without.before, target: { of: 'value', atMost: 50 } },
      note: 'RssAnon; floor = a daemon without the plugin',
    },
    {
      ...{
        what: 'daemon, per idle topic',
        unit: 'KB',
        measured: ((withTopic.by - without.by) * 1000) / SESSIONS,
      },
      note: 'RssAnon, over a daemon with as many sessions and without the plugin',
    },
  ]
}

interface Growth {
  readonly before: number
  readonly by: number
}

const NO_GROWTH: Growth = { before: 0, by: 0 }

async function growth(daemon: BenchDaemon, isDone: () => boolean): Promise<Growth> {
  await daemon.startSession()
  await sleep(systemClock, IDLE_MS)
  const before = privateMemory(daemon.pid)
  for (let started = 0; started < SESSIONS; started++) await daemon.startSession()
  while (!isDone()) await sleep(systemClock, 100)
  await sleep(systemClock, SESSIONS * 1100 + IDLE_MS)
  return { before, by: privateMemory(daemon.pid) - before }
}
