import {
  type Clock,
  isLive,
  type OutputBatch,
  type Session,
  type SessionChange,
  TeleclaudeError,
  type Timer,
  topicName,
} from '../../../core/index.ts'
import { isFault } from '../api/fault.ts'
import type { TelegramParts } from '../parts.ts'
import type { Place } from '../post.ts'
import { safeTopicName } from '../text/index.ts'
import { type Activity, type Final, follow, INITIAL_ACTIVITY } from './activity.ts'
import { cardText } from './card.ts'
import { LiveMessage } from './live-message.ts'
import { endText, liveText, tailText } from './live-text.ts'
import type { ReadOutput } from './output-reader.ts'
import { RecentOutput } from './recent-output.ts'
import { sendResult } from './result-sender.ts'
import { composeResults } from './results.ts'
import type { TopicRecord } from './topic-store.ts'

/** What ends sooner needs no live output: its result is there as soon. */
const LIVE_AFTER_MS = 1500
/** How long it runs is shown anew after this time, then after twice as long, and so on. */
const FIRST_REFRESH_MS = 30_000
const LAST_REFRESH_MS = 600_000

/** One session in its topic: the card, live output, and results. */
export class Topic {
  readonly #parts: TelegramParts
  readonly #clock: Clock
  readonly #read: ReadOutput
  readonly #closing = new AbortController()
  readonly #recent = new RecentOutput()
  readonly #live: LiveMessage
  #session: Session
  #activity: Activity
  #liveSince: number | null = null
  #refreshMs = FIRST_REFRESH_MS
  #timer: Timer | null = null

  constructor(parts: TelegramParts, read: ReadOutput, session: Session) {
    this.#parts = parts
    this.#clock = parts.ctx.clock
    this.#read = read
    this.#session = session
    this.#activity = this.#found?.activity ?? INITIAL_ACTIVITY
    this.#live = this.#createLive()
    // An earlier daemon may have died between an end and showing it.
    if (!isUnderWay(this.#activity)) this.#live.end(endText(this.#activity))
  }

  /** Settles when Telegram has every result in the batch. @throws TelegramFault */
  async take(session: Session, batch: OutputBatch, signal: AbortSignal): Promise<void> {
    this.#session = session
    await this.#showCard(signal)
    const { activity, finals } = follow(this.#before(batch), batch.entries)
    const tail = this.#recent.add(batch.entries)
    this.#activity = activity
    const ending = finals.findLast(({ type }) => type !== 'notice')
    if (ending) this.#endLive(ending, tail)
    await this.#sendResults(batch, finals, signal)
    this.#save({ activity, epoch: batch.epoch, sending: null })
    this.#showLive()
  }

  /** @throws TelegramFault */
  async change(session: Session, change: SessionChange): Promise<void> {
    this.#session = session
    if (change.title !== undefined) await this.#rename()
    if (change.state === 'waiting') {
      await this.#parts.post.send(this.#place, '⏸ <b>It is waiting for you.</b>', { priority: 'final' })
    }
    if (this.#live.isShown) this.#live.touch()
  }

  /** The session has ended and every result is there. @throws TelegramFault */
  async end(): Promise<void> {
    await this.#live.settled()
    await this.#callTopic('closeForumTopic')
    this.#save({ isClosed: true })
  }

  /** Nothing more is shown. */
  close(): void {
    this.#timer?.cancel()
    this.#live.close()
    this.#closing.abort(new TeleclaudeError('TC_ERR_CANCELLED', 'the topic is not written to any more'))
  }

  /** The messages are gone with the topic. */
  gone(): void {
    this.#save({ goneAt: this.#clock.now() })
    this.close()
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

  #save(change: Parameters<TelegramParts['topics']['update']>[1]): void {
    this.#parts.topics.update(this.#session.id, change)
  }

  /** What was known before the batch: nothing, where its numbers mean other entries than those saved. */
  #before(batch: OutputBatch): Activity {
    const { activity, epoch } = this.#record
    if (epoch === null || epoch === batch.epoch) return activity
    return { ...INITIAL_ACTIVITY, seq: batch.fromSeq - 1, since: batch.fromSeq - 1 }
  }

  async #showCard(signal: AbortSignal): Promise<void> {
    if (this.#record.card !== null) return
    const { post, mask, controls } = this.#parts
    const keyboard = isLive(this.#session.state) ? controls(this.#session.id) : undefined
    const html = cardText(this.#session, mask)
    this.#save({ card: await post.send(this.#place, html, { priority: 'final', keyboard, signal }) })
  }

  /** After a crash some messages of the first results may be there already. */
  async #sendResults(batch: OutputBatch, finals: readonly Final[], signal: AbortSignal): Promise<void> {
    const { sending } = this.#record
    const begun = finals.filter(({ to }) => sending !== null && to <= sending.until)
    await this.#sendMerged(batch, begun, sending?.sent ?? 0, signal)
    await this.#sendMerged(batch, finals.slice(begun.length), 0, signal)
  }

  async #sendMerged(
    { epoch }: OutputBatch,
    finals: readonly Final[],
    alreadySent: number,
    signal: AbortSignal,
  ): Promise<void> {
    const until = finals.at(-1)?.to
    if (until === undefined) return
    const { mask, names, options } = this.#parts
    const how = { read: this.#read, mask, names, maxMessages: options.finalMessages }
    const messages = await composeResults(this.#session.id, epoch, finals, how)
    for (const [at, message] of messages.entries()) {
      if (at < alreadySent) continue
      await sendResult(this.#parts, this.#session, this.#place, message, signal)
      this.#save({ sending: { until, sent: at + 1 } })
    }
  }

  #createLive(): LiveMessage {
    const { post, outgoing, ctx, controls } = this.#parts
    const options = () => ({
      priority: 'live' as const,
      isSilent: true,
      keyboard: controls(this.#session.id),
    })
    return new LiveMessage({
      log: ctx.log.child({ session: this.#session.id }),
      load: () => this.#found?.live ?? [],
      save: live => this.#save({ live }),
      inTurn: work => {
        const { chat, lane } = this.#place
        return outgoing.submit({ chat, lane, priority: 'live', signal: this.#closing.signal, call: work })
      },
      compose: () => this.#composeLive(),
      send: html => post.direct.send(this.#place, html, options()),
      edit: (message, html) => post.direct.edit(this.#place, message, html, options()),
    })
  }

  #endLive(final: Final, tail: string | null): void {
    const { mask } = this.#parts
    const { exitCode, durationMs } = { exitCode: null, durationMs: null, ...final }
    const phase = final.type === 'ended' ? 'ended' : 'prompt'
    const html = endText({ ...this.#activity, exitCode, durationMs, phase })
    this.#live.end(html + tailText(tail ?? this.#recent.text, mask))
    this.#liveSince = null
    if (final.type === 'ended') this.#recent.clear()
  }

  /** Shows live output now, or as soon as what runs has run for a while. */
  #showLive(): void {
    this.#timer?.cancel()
    this.#timer = null
    if (!isUnderWay(this.#activity) || (this.#recent.isEmpty && this.#activity.start === null)) return
    if (this.#liveSince === null) this.#refreshMs = FIRST_REFRESH_MS
    this.#liveSince ??= this.#activity.start?.at ?? this.#clock.now()
    const dueMs = this.#liveSince + LIVE_AFTER_MS - this.#clock.now()
    if (dueMs > 0) this.#timer = this.#clock.setTimeout(() => this.#refresh(), dueMs)
    else this.#refresh()
  }

  #refresh(): void {
    this.#live.touch()
    this.#timer = this.#clock.setTimeout(() => this.#refresh(), this.#refreshMs)
    this.#refreshMs = Math.min(this.#refreshMs * 2, LAST_REFRESH_MS)
  }

  async #composeLive(): Promise<string | null> {
    if (!isUnderWay(this.#activity)) return null
    const { mask, names } = this.#parts
    const tail = await this.#tail()
    const { state } = this.#session
    return liveText({ activity: this.#activity, state, tail, now: this.#clock.now() }, mask, names)
  }

  /** Lines of output as they came, where they are lines; else what is on the screen. */
  async #tail(): Promise<string> {
    const isOfLines = this.#activity.phase === 'running' && !this.#recent.isAlternate && !this.#recent.isEmpty
    return isOfLines ? this.#recent.text : ((await this.#screen()) ?? this.#recent.text)
  }

  async #screen(): Promise<string | null> {
    const caller = {
      principal: { kind: 'plugin', name: 'telegram', scopes: ['sessions:read'] },
      surface: 'telegram',
    } as const
    const ask = { session_id: this.#session.id }
    try {
      const { operations } = this.#parts.ctx
      const { screen } = await operations.call<{ screen: { lines: readonly string[] } }>(
        'session.screen',
        ask,
        caller,
      )
      return screen.lines.join('\n')
    } catch {
      return null // It may have ended meanwhile, or its computer be away.
    }
  }

  async #rename(): Promise<void> {
    const name = safeTopicName(topicName(this.#session))
    if (name === this.#record.name) return
    await this.#callTopic('editForumTopic', { name })
    this.#save({ name })
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

/** Something runs, or nothing marks what does. */
function isUnderWay({ phase }: Activity): boolean {
  return phase === 'running' || phase === 'unmarked'
}
