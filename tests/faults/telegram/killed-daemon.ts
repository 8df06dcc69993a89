import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { sleep, systemClock } from '../../../core/clock.ts'
import { seededRandom } from '../../plugins/telegram/scheduled-bot.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { commandsOf } from '../../support/journal-commands.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'
import type { ChatMessage, Topic } from '../../support/telegram/index.ts'
import { openRoom, type Room, roomDaemon } from '../../support/telegram-room.ts'
import { until } from '../../support/until.ts'

/** Between the daemon and Telegram, so that most kills come while a call is under way. */
const DELAY_MS = 15
/** Results of one message, of several, and of a file. */
const SIZES = [3, 900, 900, 4000] as const
/** Types `say n1 900`: as many lines, each of which is nowhere else. */
const BASHRC = `PS1='$ '; slowly() { say "$1" 2; sleep 2; echo "$1 3"; }; say() { seq -f "$1 %g" 1 "$2"; }; note() { echo "$1" >> ~/typed; echo "$1 1"; }`
const A_NEW_SESSION_EVERY = 4

/** What Ada wrote or sent, and what is in the file of notes once it was done. */
interface Asked {
  readonly message: ChatMessage
  readonly note: string
}

/** Everything that the kills are to be told from. */
interface Story {
  readonly room: Room
  readonly daemon: TestDaemon
  readonly random: () => number
  readonly sessions: { readonly id: string; readonly title: string }[]
  /** When the daemon was killed, and all that it had sent was with Telegram. */
  readonly kills: number[]
  readonly proxy: TcpProxy
  readonly asked: Asked[]
  counted: number
}

/** Kills the daemon at random moments while people type, results come and topics are made; then looks at what is there. */
export async function tellOfKills(kills: number, seed: number): Promise<void> {
  const story = await begin(seed)
  for (let round = 0; round < kills; round++) {
    if (round % A_NEW_SESSION_EVERY === 0) await startSession(story)
    await ask(story)
    await killSoon(story)
    // Some kills come while the next daemon starts, and goes on with what the last one left.
    if (story.random() < 0.3) {
      story.daemon.launch()
      await killSoon(story, 1500)
    }
    await story.daemon.start()
  }
  await settled(story)
  for (const session of story.sessions) {
    await expectWhole(story, session)
    await expectLive(story, session)
  }
  expectTyped(story)
  expectTopics(story)
}

async function begin(seed: number): Promise<Story> {
  const room = await openRoom()
  const proxy = await startTcpProxy({ to: Number(new URL(room.telegram.apiRoot).port) })
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  proxy.setDelay(DELAY_MS)
  const apiRoot = `http://127.0.0.1:${proxy.port}`
  const daemon = await roomDaemon(room, { files: { '.bashrc': BASHRC } }, { apiRoot })
  return { room, proxy, daemon, random: seededRandom(seed), sessions: [], kills: [], asked: [], counted: 0 }
}

async function startSession({ daemon, sessions }: Story): Promise<void> {
  const title = `s${sessions.length}`
  sessions.push({ id: await daemon.session({ title }), title })
}

/** Has something printed in each session, and has Ada write and send something where there is a topic. */
async function ask(story: Story): Promise<void> {
  const { daemon, sessions, room, random, asked } = story
  for (const { id, title } of sessions.slice(-2)) {
    const size = SIZES[Math.floor(random() * SIZES.length)]
    await daemon.input(id, random() < 0.2 ? `slowly ${tag(story)}` : `say ${tag(story)} ${size}`)
    const topic = topicOf(story, title)
    for (let times = 0; topic && times < 3; times++) {
      const note = tag(story)
      const message =
        random() < 0.4
          ? room.ada.sendDocument(topic, Buffer.from('whatever'), 'file.txt', { caption: `note ${note} #` })
          : room.ada.say(topic, `note ${note}`)
      asked.push({ message, note })
    }
  }
}

const tag = (story: Story) => `n${story.counted++}`

/** At any moment; often one in which something is on its way to Telegram. */
async function killSoon({ room, daemon, kills, random, proxy }: Story, withinMs = 600): Promise<void> {
  const isAimed = random() < 0.6
  // Any moment is the point.
  const later = sleep(systemClock, random() * withinMs)
  if (isAimed) {
    await Promise.race([room.telegram.changed, later])
    await sleep(systemClock, random() * 4 * DELAY_MS)
  } else await later
  await daemon.kill('SIGKILL')
  await until(() => proxy.connections === 0, 'the end of all that was under way')
  kills.push(systemClock.now())
}

/** A topic that was made twice is the one where something is said. */
const topicOf = ({ room }: Story, title: string) =>
  room.forum.topics.find(topic => topic.name.endsWith(` ${title}`) && topic.messages.length > 0)

/** Everything that was typed has been done, and everything that has ended is told. */
async function settled(story: Story): Promise<void> {
  const { daemon, sessions } = story
  for (const { id, title } of sessions) {
    await until(async () => (await daemon.get(id)).state === 'ready', `the prompt of ${title}`)
  }
  const isOver = (asked: Asked) => notes(story).includes(asked.note) || toldOf(story, asked) !== undefined
  await until(() => story.asked.every(isOver), 'everything that Ada asked to be done or told')
  for (const { id, title } of sessions) {
    const last = (await commandsOf(daemon, id))
      .map(({ output }) => tokensIn(output))
      .findLast(({ length }) => length > 0)
    await until(
      () => messagesIn(topicOf(story, title)).some(({ keys }) => keys.includes(last?.at(-1) ?? '')),
      `the last result of ${title}`,
    )
  }
}

/** Every line of every result is there, in the order of the journal; what is there twice was under way at a kill. */
async function expectWhole(story: Story, { id, title }: Story['sessions'][number]): Promise<void> {
  const journal = (await commandsOf(story.daemon, id)).flatMap(({ output }) => tokensIn(output))
  const topic = topicOf(story, title)
  const messages = messagesIn(topic)
  const shown = messages.flatMap(({ keys }) => keys).filter(key => key !== CARD)
  expect([...new Set(shown)], `the results of ${title}`).toEqual(journal)
  for (const [at, { message, keys }] of messages.entries()) {
    const first = messages.slice(0, at).findLast(other => other.keys.some(key => keys.includes(key)))
    if (!first) continue
    const last = (kill: number) => messages.findLast(other => other.message.at <= kill)
    const isUntold = story.kills.some(kill => last(kill) === first)
    expect(isUntold, `what is there twice was under way at a kill: ${message.text.slice(0, 100)}`).toBe(true)
  }
}

/** Live output says how it ended, but for what was being sent at a kill: whose message it is was not known any more. */
async function expectLive(story: Story, { title }: Story['sessions'][number]): Promise<void> {
  const topic = topicOf(story, title)
  const silent = topic?.messages.filter(({ from, sightings }) => from.is_bot && !sightings[0]?.notified) ?? []
  const live = silent.filter(message => !isCard(message))
  const isEnded = ({ text }: ChatMessage) => /^[✅❌🏁]/mu.test(text)
  const isUntold = (message: ChatMessage) =>
    story.kills.some(kill => live.findLast(({ at }) => at <= kill) === message && message.edits === 0)
  const isTrue = () => live.every(message => isEnded(message) || isUntold(message))
  await until(isTrue, `the end of live output in ${title}: ${live.map(({ text }) => text)}`)
}

const CARD = 'card'

/** What answers nobody and is no live output, and what can be told of each: the lines of results that it has, or that it is a card. */
function messagesIn(topic: Topic | undefined) {
  const found = topic?.messages.filter(message => {
    const { from, sightings, replyTo } = message
    return from.is_bot && !replyTo && (sightings[0]?.notified || isCard(message))
  })
  return (found ?? []).map(message => {
    const text = message.document ? Buffer.from(message.document.bytes).toString() : message.text
    return { message, keys: isCard(message) ? [CARD] : tokensIn(text) }
  })
}

const isCard = ({ text }: ChatMessage) => text.includes('started through')

const tokensIn = (text: string) => text.match(/^n\d+ \d+$/gm) ?? []

function notes({ daemon }: Story): readonly string[] {
  try {
    return readFileSync(join(daemon.home, 'typed'), 'utf8').split('\n')
  } catch {
    return [] // Nothing was noted yet.
  }
}

/**
 * What Ada was told of a message that was not done, or is not known to be. One answer may be to several, of which it
 * names the first and the count.
 */
function toldOf({ room, asked }: Story, { message }: Asked): string | undefined {
  const places = asked.map(one => one.message).filter(({ topic }) => topic === message.topic)
  return room.forum.messages.find(({ id, replyTo, text }) => {
    if (!replyTo || !text.includes('This computer stopped')) return false
    const isOne = places.includes(replyTo) && replyTo.id <= message.id && message.id < id
    return isOne && (replyTo === message || / more mess/.test(text))
  })?.text
}

/** What Ada wrote was typed once or not at all, and then she was told. */
function expectTyped(story: Story): void {
  const done = notes(story)
  for (const asked of story.asked) {
    const times = done.filter(line => line === asked.note).length
    const told = toldOf(story, asked)
    const isUndone = story.room.forum.messages.some(
      ({ replyTo, text }) => replyTo === asked.message && text.includes('before it came to this'),
    )
    expect(times, `how often ${asked.note} was typed`).toBeLessThanOrEqual(isUndone ? 0 : 1)
    expect(times === 1 || told !== undefined, `${asked.note} was typed or told`).toBe(true)
  }
}

/** A topic whose making was under way at a kill was made again; nothing is said in the first one. */
function expectTopics(story: Story): void {
  const { room, sessions, kills } = story
  expect(room.forum.topics.filter(({ messages }) => messages.length > 0)).toHaveLength(sessions.length)
  expect(room.forum.topics.length - sessions.length).toBeLessThanOrEqual(kills.length)
}
