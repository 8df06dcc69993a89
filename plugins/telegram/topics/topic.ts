import {
  type Epoch,
  isLive,
  type OutputBatch,
  type Session,
  type SessionChange,
  TeleclaudeError,
} from '../../../core/index.ts'
import { isFault } from '../api/fault.ts'
import type { TelegramParts } from '../parts.ts'
import type { Place } from '../post.ts'
import { escapeHtml, plainOf } from '../text/index.ts'
import { type Activity, type Final, follow, INITIAL_ACTIVITY, isUnderWay } from './activity.ts'
import { cardText, topicNameOf } from './card.ts'
import { LiveOutput } from './live-output.ts'
import { endText } from './live-text.ts'
import type { ReadOutput } from './output-reader.ts'
import { forgetResults, sendResult } from './result-sender.ts'
import { composeResults, headOf, isLarge, type ResultMessage } from './results.ts'
import { alreadySent, inParts, sentResults } from './sent-results.ts'
import { UNFIT } from './topic-faults.ts'
import type { TopicChange, TopicRecord } from './topic-store.ts'

/** One session in its topic: the card, live output, and results. */
export class Topic {
  readonly #parts: TelegramParts
  readonly #read: ReadOutput
  readonly #live: LiveOutput
  #session: Session
  #activity: Activity
  /** The newest entry that ended what live output showed. */
  #shownEnd = 0

  constructor(parts: TelegramParts, read: ReadOutput, session: Session) {
    this.#parts = parts
    this.#read = read
    this.#session = session
    this.#activity = this.#found?.activity ?? INITIAL_ACTIVITY
    this.#live = this.#createLive()
    // An earlier daemon may have died between an end and showing it.
    if (!isUnderWay(this.#activity)) this.#live.end(endText(this.#activity))
    this.#live.show()
  }

  /** Settles when Telegram has every result in the batch. @throws TelegramFault */
  async take(session: Session, batch: OutputBatch, signal: AbortSignal): Promise<void> {
    this.#session = session
    if (this.#live.lost) throw this.#live.lost
    await this.#showCard()
    const before = this.#before(batch)
    const { activity, finals } = follow(before, batch.entries)
    this.#activity = activity
    this.#live.take(batch.entries)
    this.#showEnd(finals)
    await this.#sendResults(batch, before, signal)
    this.#live.show()
  }

  /** @throws TelegramFault */
  async change(session: Session, change: SessionChange): Promise<void> {
    this.#session = session
    if (change.title !== undefined) await this.#rename()
    if (change.state === 'waiting') {
      await this.#parts.post.send(this.#place, '⏸ <b>It is waiting for you.</b>', { priority: 'final' })
    }
    this.#live.touch()
  }

  /** The session has ended and every result is there. @throws TelegramFault */
  async end(): Promise<void> {
    await this.#live.settled()
    // Nobody misses one that was deleted.
    await this.#callTopic('closeForumTopic').catch(error => {
      if (!isFault(error, 'thread-gone')) throw error
    })
    this.#save({ closedAt: this.#parts.ctx.clock.now() })
  }

  /** Nothing more is shown. */
  close(): void {
    this.#live.close()
  }

  /** The messages are gone with the topic. */
  gone(): void {
    this.#live.discard()
    forgetResults(this.#parts, this.#session.id)
    this.#save({ goneAt: this.#parts.ctx.clock.now() })
  }

  get #found(): TopicRecord | null {
    return this.#parts.topics.find(this.#session.id)
  }

  get #record(): TopicRecord {
    const record = this.#found
    if (record) return record
    throw new TeleclaudeError('TC_ERR_INTERNAL', `Session ${this.#session.id} has no topic.`)
  }

  get #place(): Place {
    const { chat, topic } = this.#record
    return { chat, topic, lane: this.#session.id }
  }

  #save(change: TopicChange): void {
    this.#parts.topics.update(this.#session.id, change)
  }

  /** What was known before the batch: nothing, where its numbers mean other entries than those saved. */
  #before(batch: OutputBatch): Activity {
    const { activity, epoch } = this.#record
    if (epoch === null || epoch === batch.epoch) return activity
    this.#shownEnd = batch.fromSeq - 1
    return { ...INITIAL_ACTIVITY, seq: batch.fromSeq - 1, since: batch.fromSeq - 1 }
  }

  /** Once, though they come again while they cannot be sent: what is shown then is of what runs next. */
  #showEnd(finals: readonly Final[]): void {
    const ended = finals.filter(final => final.type !== 'notice').filter(({ to }) => to > this.#shownEnd)
    // Of several that ended, what is shown is the first.
    const [first] = ended
    if (first) this.#live.end(headOf(first, this.#parts.mask, this.#parts.names))
    this.#shownEnd = ended.at(-1)?.to ?? this.#shownEnd
  }

  async #showCard(): Promise<void> {
    if (this.#record.card !== null) return
    const { post, mask, controls } = this.#parts
    const keyboard = isLive(this.#session.state) ? controls(this.#session.id) : undefined
    const html = cardText(this.#session, mask)
    const options = { priority: 'final', isSilent: true } as const
    const card = await post.send(this.#place, html, { ...options, keyboard }).catch(async error => {
      this.#skipRefused(error)
      const plain = escapeHtml(plainOf(html))
      return await post.send(this.#place, plain, options).catch(again => this.#skipRefused(again))
    })
    this.#save({ card })
  }

  /** What only adorns the topic must not keep results back. @returns instead of a message's id */
  #skipRefused(error: unknown): 0 {
    if (!isFault(error, ...UNFIT)) throw error
    this.#parts.ctx.log.warn({ err: error, session: this.#session.id }, 'Telegram refused this of a topic')
    return 0
  }

  /** Of what was begun before, some messages may be there already; what has come since is sent after it. */
  async #sendResults({ epoch, entries }: OutputBatch, before: Activity, signal: AbortSignal): Promise<void> {
    let now = before
    for (const part of inParts(entries, this.#record.sending?.until)) {
      const { activity, finals } = follow(now, part)
      await this.#sendMerged(epoch, finals, signal)
      now = activity
      // Of output alone nothing is remembered.
      if (part.some(({ kind }) => kind !== 'output')) this.#save({ activity, epoch, sending: null })
    }
  }

  async #sendMerged(epoch: Epoch, finals: readonly Final[], signal: AbortSignal): Promise<void> {
    const until = finals.at(-1)?.to
    if (until === undefined) return
    const { composing, sendingLarge } = this.#parts
    const compose = () => composing.run(() => this.#compose(epoch, finals))
    let messages: readonly ResultMessage[] | null = await compose()
    if (!isLarge(messages)) return await this.#sendMessages(messages, until, signal)
    // What waits for its turn is not kept meanwhile.
    if (!sendingLarge.isFree) messages = null
    await sendingLarge.run(async () => {
      signal.throwIfAborted()
      await this.#sendMessages(messages ?? (await compose()), until, signal)
    })
  }

  #compose(epoch: Epoch, finals: readonly Final[]): Promise<readonly ResultMessage[]> {
    const { mask, names, options } = this.#parts
    const how = { read: this.#read, mask, names, maxMessages: options.finalMessages }
    return composeResults(this.#session.id, epoch, finals, how)
  }

  async #sendMessages(messages: readonly ResultMessage[], until: number, signal: AbortSignal): Promise<void> {
    const first = alreadySent(messages, this.#record.sending)
    for (const [index, message] of messages.slice(first).entries()) {
      // Not in the midst of one: what Telegram has and we do not know of would come twice.
      signal.throwIfAborted()
      await sendResult(this.#parts, this.#session, this.#place, message)
      this.#save({ sending: sentResults(messages, until, first + index + 1) })
    }
  }

  #createLive(): LiveOutput {
    const { topics } = this.#parts
    const session = () => this.#session
    const place = () => this.#place
    const activity = () => this.#activity
    return new LiveOutput(this.#parts, {
      get session() {
        return session()
      },
      get place() {
        return place()
      },
      get activity() {
        return activity()
      },
      get live() {
        return topics.find(session().id)?.live ?? []
      },
      saveLive: live => this.#save({ live }),
    })
  }

  async #rename(): Promise<void> {
    const name = topicNameOf(this.#session, this.#parts.mask)
    if (name === this.#record.name) return
    try {
      await this.#callTopic('editForumTopic', { name })
      this.#save({ name })
    } catch (error) {
      if (!isFault(error, 'no-rights')) this.#skipRefused(error)
    }
  }

  async #callTopic(
    method: 'editForumTopic' | 'closeForumTopic',
    more: { name?: string } = {},
  ): Promise<void> {
    const { post } = this.#parts
    const { chat, topic } = this.#record
    const payload = { chat_id: chat, message_thread_id: topic, ...more }
    try {
      await post.call(this.#place, method, () => payload, { priority: 'final' })
    } catch (error) {
      if (!isFault(error, 'not-modified', 'no-method')) throw error
    }
  }
}
