import type { Update } from 'grammy/types'
import { asTeleclaudeError, messageOf, type Principal } from '../../../core/index.ts'
import { escapeHtml } from '../text/index.ts'
import { createBotLoops } from './bot-loops.ts'
import { createGate } from './gate.ts'
import { type Heard, hear } from './heard.ts'
import { Lanes } from './lanes.ts'
import { askAboutLate, isLate } from './late.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { press } from './press.ts'
import { runCommand } from './run-command.ts'
import { topicClosed, topicRenamed, topicReopened } from './topic-events.ts'
import { typeText } from './type-text.ts'
import type { UpdatesStore } from './updates-store.ts'
import { saveUpload } from './uploads.ts'

/** Does what people say. */
export interface People {
  /** Settles when the updates are written down: they are then done once, or not known to be done. */
  take(updates: readonly Update[]): Promise<void>
  /** Tells those whose message was being done when the last daemon ended. */
  tellUnfinished(): Promise<void>
  /** Lets what is being done end. */
  close(): Promise<void>
}

/** What somebody may do in Telegram: all that people may, but not end the daemon. */
const SCOPES = [
  'computers:read',
  'sessions:read',
  'sessions:start',
  'sessions:input',
  'sessions:close',
  'messages:send',
] as const

export function createPeople(parts: PeopleParts, updates: UpdatesStore): People {
  const { ctx, options, group, topics, post } = parts
  const { clock, log } = ctx
  const gate = createGate({ options, group, self: Number.parseInt(options.token, 10), clock, log })
  const loops = createBotLoops(clock, log)
  const lanes = new Lanes()

  const occasionOf = (heard: Heard): Occasion => {
    const { chat, topic, person, message } = heard
    const record = topic === null ? null : topics.at(chat, topic)
    const principal: Principal = { kind: 'telegram', userId: person.id, scopes: SCOPES }
    const place = { chat, topic, lane: record?.session ?? `user:${person.id}` }
    return {
      ...{ heard, record, place, caller: { principal, surface: 'telegram' } },
      reply: (html, { keyboard } = {}) =>
        post.send(place, html, { priority: 'reply', keyboard, replyTo: message, signal: ctx.signal }),
    }
  }
  /** One group has several bots: each hears everything, and does what is meant for it. */
  const isForUs = ({ heard, record }: Occasion) => {
    if (heard.type === 'command' && heard.bot !== null) return heard.bot === parts.botName()
    if (heard.isPrivate || record) return true
    return options.master && heard.topic === null && (heard.type === 'command' || heard.type === 'press')
  }
  const handle = async (occasion: Occasion): Promise<void> => {
    try {
      await dispatch(parts, occasion)
    } catch (error) {
      const { code, message } = asTeleclaudeError(error, 'TC_ERR_INTERNAL')
      await occasion.reply(`⚠️ ${escapeHtml(message)} <code>${code}</code>`)
    }
  }
  const run = async (occasion: Occasion): Promise<void> => {
    try {
      await handle(occasion)
    } catch (error) {
      ctx.log.warn({ problem: messageOf(error) }, 'somebody in Telegram could not be answered')
    } finally {
      updates.done(occasion.heard.update)
    }
  }
  const begin = (occasion: Occasion): void => {
    const { chat, topic, update } = occasion.heard
    if (lanes.run(`${chat} ${topic}`, () => run(occasion))) return
    updates.done(update)
    lanes.overflow(`${chat} ${topic}`, count => tellOverflow(occasion, count))
  }
  /** Once for each person and topic. */
  const askLate = (late: readonly Occasion[]): void => {
    for (const { heard } of late) updates.done(heard.update)
    const byPlace = Map.groupBy(late, ({ heard }) => `${heard.chat} ${heard.topic} ${heard.person.id}`)
    for (const [place, occasions] of byPlace) {
      const ask = () => askAboutLate(parts, occasions, handle)
      lanes.run(place, () => ask().catch(err => log.warn({ err }, 'what came late could not be listed')))
    }
  }
  const tellOverflow = async ({ reply }: Occasion, count: number): Promise<void> => {
    await reply(`⚠️ ${count} messages were too many at once and were not done.`).catch(() => {})
  }
  return {
    async take(received) {
      const last = received.at(-1)?.update_id
      if (last === undefined) return
      const heard = received
        .flatMap(update => hear(update) ?? [])
        .filter(one => gate.isHeard(one) && !loops.isLooping(one))
      for (const { person } of heard) parts.names.note(person.id, person.name)
      const occasions = heard.map(occasionOf).filter(isForUs)
      const fresh = new Set(
        updates.take(
          last,
          occasions.map(one => one.heard),
        ),
      )
      const wanted = occasions.filter(one => fresh.has(one.heard))
      const late = wanted.filter(one => isLate(one.heard, clock.now(), options.maxUpdateAgeMs))
      for (const occasion of wanted) if (!late.includes(occasion)) begin(occasion)
      askLate(late)
    },
    async tellUnfinished() {
      for (const { update, chat, topic, message, person } of updates.unfinished()) {
        const place = { chat, topic, lane: `user:${person}` }
        const html =
          '⚠️ This computer stopped while it did this: it may have been done, or not. Look before you ask again.'
        await post.send(place, html, { priority: 'reply', replyTo: message, signal: ctx.signal })
        updates.done(update)
      }
    },
    close: () => lanes.close(),
  }
}

async function dispatch(parts: PeopleParts, occasion: Occasion): Promise<void> {
  const { heard } = occasion
  if (heard.type === 'text') await typeText(parts, { ...occasion, heard })
  else if (heard.type === 'command') await runCommand(parts, { ...occasion, heard })
  else if (heard.type === 'press') await press(parts, { ...occasion, heard })
  else if (heard.type === 'file') await saveUpload(parts, { ...occasion, heard })
  else if (heard.type === 'topic-closed') await topicClosed(parts, occasion)
  else if (heard.type === 'topic-reopened') await topicReopened(parts, occasion)
  else await topicRenamed(parts, { ...occasion, heard })
}
