import { type Clock, type Entry, type Session, TeleclaudeError, type Timer } from '../../../core/index.ts'
import { isFault, type TelegramFault } from '../api/fault.ts'
import { UNUSED } from '../outgoing/job.ts'
import type { TelegramParts } from '../parts.ts'
import type { Place, PostOptions } from '../post.ts'
import { type Activity, isUnderWay } from './activity.ts'
import { LiveMessage } from './live-message.ts'
import { liveText } from './live-text.ts'
import { RecentOutput } from './recent-output.ts'
import { readScreen } from './session-screen.ts'
import { ASK_AGAIN_MS } from './topic-faults.ts'
import type { LiveRecord } from './topic-store.ts'

/** What ends sooner needs no live output: its result is there as soon. */
const LIVE_AFTER_MS = 1500
/** How long it runs is shown anew after this time, then after twice as long, and so on. */
const FIRST_REFRESH_MS = 30_000
const LAST_REFRESH_MS = 600_000

/** What live output is of, as it is now. */
export interface LiveTopic {
  readonly session: Session
  readonly place: Place
  readonly activity: Activity
  readonly live: readonly LiveRecord[]
  saveLive(live: readonly LiveRecord[]): void
}

/** Shows what goes on in a session, in its topic: from when, how often, and as lines or as a screen. */
export class LiveOutput {
  readonly #parts: TelegramParts
  readonly #clock: Clock
  readonly #topic: LiveTopic
  readonly #recent = new RecentOutput()
  readonly #message: LiveMessage
  readonly #closing = new AbortController()
  #since: number | null = null
  #refreshMs = FIRST_REFRESH_MS
  #timer: Timer | null = null
  #quietUntil = 0
  #lost: TelegramFault | null = null

  constructor(parts: TelegramParts, topic: LiveTopic) {
    this.#parts = parts
    this.#clock = parts.ctx.clock
    this.#topic = topic
    this.#message = this.#createMessage()
  }

  /** Set once Telegram said that there is no such topic. */
  get lost(): TelegramFault | null {
    return this.#lost
  }

  take(entries: readonly Entry[]): void {
    this.#recent.add(entries)
  }

  /** Shows it now, or as soon as what runs has run for a while. */
  show(): void {
    const { activity } = this.#topic
    const now = this.#clock.now()
    // How something ended may still have to be shown.
    if (this.#quietUntil <= now) this.#timer?.cancel()
    if (!isUnderWay(activity) || (this.#recent.isEmpty && activity.start === null)) return
    if (this.#since === null) this.#refreshMs = FIRST_REFRESH_MS
    this.#since ??= activity.start?.at ?? now
    const dueMs = Math.max(this.#since + LIVE_AFTER_MS, this.#quietUntil) - now
    if (dueMs > 0) this.#refreshIn(dueMs)
    else this.#refresh()
  }

  /** The state of the session is another one. */
  touch(): void {
    if (this.#message.isShown) this.#message.touch()
  }

  /** What goes on has ended like this, in Telegram's HTML. */
  end(html: string): void {
    this.#message.end(html)
    this.#since = null
    if (!isUnderWay(this.#topic.activity)) this.#recent.clear()
  }

  /** Settles when nothing is left to show. */
  settled(): Promise<void> {
    return this.#message.settled()
  }

  /** Shows nothing more; what is under way may end. */
  close(): void {
    this.#timer?.cancel()
    this.#message.close()
  }

  /** The messages are gone with their topic. */
  discard(): void {
    this.close()
    this.#closing.abort(new TeleclaudeError('TC_ERR_CANCELLED', 'the topic is gone'))
  }

  #createMessage(): LiveMessage {
    const { post, outgoing, controls } = this.#parts
    const topic = this.#topic
    const { signal } = this.#closing
    const live = { priority: 'live', isSilent: true } as const
    const keyboard = () => ({ keyboard: controls(topic.session.id) })
    return new LiveMessage({
      load: () => topic.live,
      save: records => {
        if (!signal.aborted) topic.saveLive(records)
      },
      inTurn: async work => {
        const { chat, lane } = topic.place
        const call = async (aborted: AbortSignal) => ((await work(aborted)) ? null : UNUSED)
        await outgoing.submit({ chat, lane, priority: 'live', signal, call })
      },
      compose: () => this.#compose(),
      send: (html, aborted) =>
        post.direct.send(topic.place, html, { ...live, ...keyboard(), signal: aborted }),
      edit: (message, html, aborted) =>
        this.#edit(message, html, { ...live, ...keyboard(), signal: aborted }),
      finish: (message, html, aborted) =>
        post.direct.edit(topic.place, message, html, { ...live, signal: aborted }),
      failed: error => this.#failed(error),
    })
  }

  async #edit(message: number, html: string, options: PostOptions): Promise<void> {
    try {
      await this.#parts.post.direct.edit(this.#topic.place, message, html, options)
    } catch (error) {
      const { log } = this.#parts.ctx
      if (isFault(error, 'message-gone'))
        log.info({ session: this.#topic.session.id }, 'a live message is gone: another takes its place')
      throw error
    }
  }

  /** The scheduler tries again by itself where that helps at once. What is left is for people to mend. */
  #failed(error: unknown): void {
    if (isFault(error, 'thread-gone')) this.#lost = error
    const { log } = this.#parts.ctx
    log.debug({ err: error, session: this.#topic.session.id }, 'live output could not be shown')
    this.#quietUntil = this.#clock.now() + ASK_AGAIN_MS
    if (this.#lost === null) this.#refreshIn(ASK_AGAIN_MS)
  }

  #refreshIn(ms: number): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.setTimeout(() => this.#refresh(), ms)
  }

  #refresh(): void {
    this.#message.touch()
    if (!isUnderWay(this.#topic.activity)) return
    this.#refreshIn(this.#refreshMs)
    this.#refreshMs = Math.min(this.#refreshMs * 2, LAST_REFRESH_MS)
  }

  async #compose(): Promise<string | null> {
    const { mask, names, ctx } = this.#parts
    const { session } = this.#topic
    if (!isUnderWay(this.#topic.activity)) return null
    const screen = this.#recent.isOfLines ? null : await readScreen(ctx.operations, session.id, mask)
    const { activity } = this.#topic
    const tail = screen ?? this.#recent.text
    const view = { activity, state: session.state, tail, isScreen: screen !== null, now: this.#clock.now() }
    return liveText(view, mask, names)
  }
}
