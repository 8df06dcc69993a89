import type { Update } from 'grammy/types'
import { messageOf } from '../../../core/index.ts'
import { createBotLoops } from './bot-loops.ts'
import { createGate } from './gate.ts'
import { type Heard, hear } from './heard.ts'
import { Lanes } from './lanes.ts'
import { createLate } from './late.ts'
import { openOccasion } from './open-occasion.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { perform } from './perform.ts'
import { answerPress, planOf } from './press.ts'
import { tellUnfinished } from './unfinished.ts'
import type { UpdatesStore } from './updates-store.ts'

/** Does what people say. */
export interface People {
  /** Settles when the updates are written down: they are then done once, or not known to be done. */
  take(updates: readonly Update[]): Promise<void>
  /** Tells those whose message was not done, or not known to be, when the last daemon ended. */
  tellUnfinished(): Promise<void>
  /** Lets what is being done end. */
  close(): Promise<void>
}

export function createPeople(parts: PeopleParts, updates: UpdatesStore): People {
  return new Hearer(parts, updates)
}

type Act = (occasion: Occasion) => Promise<void> | void

class Hearer implements People {
  readonly #parts: PeopleParts
  readonly #updates: UpdatesStore
  readonly #lanes: Lanes
  readonly #isHeard: (heard: Heard) => boolean
  readonly #late: ReturnType<typeof createLate>
  readonly #answering = new Set<Promise<void>>()

  constructor(parts: PeopleParts, updates: UpdatesStore) {
    const { ctx, options, group } = parts
    const { clock, log } = ctx
    const gate = createGate({ options, group, self: Number.parseInt(options.token, 10), clock, log })
    const loops = createBotLoops(clock, log)
    this.#parts = parts
    this.#updates = updates
    this.#lanes = new Lanes(clock)
    this.#isHeard = heard => gate.isHeard(heard) && !loops.isLooping(heard)
    this.#late = createLate(parts, updates)
  }

  async take(received: readonly Update[]): Promise<void> {
    const last = received.at(-1)?.update_id
    if (last === undefined) return
    const heard = received.flatMap(update => hear(update) ?? []).filter(one => this.#isHeard(one))
    for (const { person } of heard) this.#parts.names.note(person.id, person.name)
    const wanted = heard.filter(one => this.#isForUs(one))
    for (const one of this.#updates.take(last, wanted)) {
      if (this.#late.isLate(one)) this.#late.ask(one)
      else if (one.type === 'press') this.#press(one)
      else this.#do(one)
    }
  }

  tellUnfinished(): Promise<void> {
    return tellUnfinished(this.#parts, this.#updates)
  }

  async close(): Promise<void> {
    await this.#lanes.close()
    await this.#late.close()
    await Promise.all(this.#answering)
  }

  /** One group has several bots: each hears everything, and does what is meant for it. */
  #isForUs(heard: Heard): boolean {
    const { botName, topics, mastership } = this.#parts
    // Telegram tells only the bot that made the button.
    if (heard.type === 'press' || heard.isPrivate) return true
    if (heard.type === 'command' && heard.bot !== null)
      return heard.bot.toLowerCase() === botName()?.toLowerCase()
    if (heard.topic !== null) return topics.at(heard.chat, heard.topic) !== null
    return mastership.isOurs && heard.type === 'command'
  }

  #press(press: Heard & { type: 'press' }): void {
    const parts = this.#parts
    const record = press.topic === null ? null : parts.topics.at(press.chat, press.topic)
    const plan = planOf(parts, press, record)
    let isInTime = Promise.resolve(false)
    const act: Act = async occasion => {
      const isForIt = plan.isOurs && occasion.record?.session === record?.session
      if (!isForIt) return
      if (await isInTime) await plan.act({ ...occasion, heard: press })
      else this.#late.missed(press)
    }
    // At once, so that how long it waits for its turn does not make it late.
    if (this.#do(press, act, plan.isUrgent)) isInTime = answerPress(parts, press.query, plan.toast)
  }

  /** Does it in the lane of its person and place; what is urgent, past what waits there. False if it does not fit. */
  #do(heard: Heard, act?: Act, isUrgent = heard.type === 'command' && heard.name === 'cancel'): boolean {
    const { chat, topic, person, update } = heard
    const lane = `${chat} ${topic} ${person.id}${isUrgent ? ' urgent' : ''}`
    const answered = Promise.withResolvers<void>()
    const isTaken = this.#lanes.run(lane, {
      work: () => this.#run(heard, act, answered.resolve),
      answered: heard.type === 'command' ? answered.promise : null,
      flooded: count => this.#tellFlood(heard, count),
    })
    if (!isTaken) this.#updates.done(update)
    return isTaken
  }

  async #run(heard: Heard, act: Act | undefined, answered: () => void): Promise<void> {
    const occasion = openOccasion(this.#parts, heard)
    try {
      this.#updates.begin(heard.update)
      await perform(this.#parts, occasion, act && (() => act(occasion)))
    } catch (error) {
      this.#parts.ctx.log.error({ problem: messageOf(error) }, 'what somebody said could not be done')
    }
    this.#finish(heard, occasion.answered(), answered)
  }

  /** What is done is over when the person has the answer. */
  #finish({ update }: Heard, answered: Promise<boolean>, tell: () => void): void {
    const over = answered.then(isAnswered => {
      tell()
      if (isAnswered) this.#updates.done(update)
      this.#answering.delete(over)
    })
    this.#answering.add(over)
  }

  #tellFlood(heard: Heard, count: number): void {
    openOccasion(this.#parts, heard).reply(
      `⚠️ That was too much at once: ${count === 1 ? 'this message was' : `this and the ${count - 1} messages after it were`} not done.`,
    )
  }
}
