import { type Clock, type PluginContext, TeleclaudeError, type Timer } from '../../../core/index.ts'
import { isFault, type TelegramFault } from '../api/fault.ts'
import { botBudget } from './chat-budget.ts'
import type { ChatQueue } from './chat-queue.ts'
import { Chats } from './chats.ts'
import {
  type FreeKind,
  type Outgoing,
  type OutgoingBudgets,
  type OutgoingJob,
  type OutgoingStatus,
  type Priority,
  UNUSED,
} from './job.ts'
import { Line } from './line.ts'
import type { SlidingWindow } from './sliding-window.ts'
import { cancelled, type WaitingJob, waitingJob } from './waiting-job.ts'

export * from './job.ts'

/** What the {@link Outgoing} of a bot is made of. */
export interface OutgoingParts {
  readonly clock: Clock
  readonly log: PluginContext['log']
  readonly budgets: OutgoingBudgets
  /** A call that changes nothing, such as getMe: made while Telegram cannot be reached, to see whether it can. */
  probe(signal: AbortSignal): Promise<unknown>
  /** Why nothing can be sent; null once something could be again. */
  onProblem(problem: string | null): void
  /** Until when Telegram asked to wait, as {@link OutgoingStatus.pausedUntil}; null once something was sent after it. */
  onPaused(until: number | null): void
}

/** Makes the scheduler of everything that one bot sends. */
export function createOutgoing(parts: OutgoingParts): Outgoing {
  return new Scheduler(parts)
}

/** A lane is one session or one person: more than this waits only if its maker does not wait for what it sent. */
const MAX_WAITING_IN_LANE = 16
/** Of one priority in all: some hundred sessions, each with a few. */
const MAX_WAITING = 2000
/** A job at which Telegram failed this often while it answered others is at fault itself, and goes back to its maker. */
const MAX_STRIKES = 8
/** How long calls under way may go on at the end. */
const CLOSE_MS = 2000
const NO_CHAT = 0
/** Timers that wait longer than this are set anew: the longest that Node's can wait is 24 days. */
const LONGEST_TIMER_MS = 3_600_000

class Scheduler implements Outgoing {
  readonly #parts: OutgoingParts
  readonly #chats: Chats
  readonly #bot: SlidingWindow
  readonly #line: Line
  readonly #flights = new Map<WaitingJob, Promise<void>>()
  readonly #waiting: Record<Priority, number> = { final: 0, reply: 0, live: 0 }
  readonly #sent: Record<Priority | 'free', number> = { final: 0, reply: 0, live: 0, free: 0 }
  #limited = 0
  #repeated = 0
  #freeLanes = 0
  #toldPause: number | null = null
  #isClosed = false
  #isAdvancing = false
  #wake: Timer | null = null

  constructor(parts: OutgoingParts) {
    const { clock, log, budgets } = parts
    this.#parts = parts
    this.#chats = new Chats(budgets)
    this.#bot = botBudget(budgets)
    this.#line = new Line({
      ...{ clock, log, onProblem: parts.onProblem },
      probe: signal => parts.probe(signal),
      onUp: () => this.#advance(),
    })
  }

  submit<T>(job: OutgoingJob<T>): Promise<T> {
    return this.#submit(this.#chats.at(job.chat, this.#now()), job)
  }

  submitFree<T>(kind: FreeKind, call: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const lane = `free ${this.#freeLanes++}`
    return this.#submit(this.#chats.free(kind, this.#now()), {
      chat: NO_CHAT,
      lane,
      priority: 'reply',
      call,
      ...(signal && { signal }),
    })
  }

  status(): OutgoingStatus {
    return {
      waiting: Object.values(this.#waiting).reduce((sum, count) => sum + count),
      pausedUntil: this.#pausedUntil(),
      problem: this.#line.problem,
      sent: { ...this.#sent },
      limited: this.#limited,
      repeated: this.#repeated,
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#wake?.cancel()
    this.#line.close()
    for (const queue of this.#chats) this.#empty(queue)
    const patience = this.#parts.clock.setTimeout(() => this.#abortAll(), CLOSE_MS)
    await Promise.all(this.#flights.values())
    patience.cancel()
  }

  #submit<T>(queue: ChatQueue, job: OutgoingJob<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = waitingJob(job, { resolve, reject }, taken => this.#takeBack(queue, taken))
      const refusal = this.#refusal(queue, waiting)
      if (refusal) waiting.reject(refusal)
      else this.#enqueue(queue, waiting)
    })
  }

  #refusal(queue: ChatQueue, job: WaitingJob): TeleclaudeError | null {
    if (this.#isClosed) return cancelled('the plugin is closing')
    if (job.isTakenBack) return cancelled('it was taken back')
    const isFull = this.#waiting[job.priority] >= MAX_WAITING || queue.waitingIn(job) >= MAX_WAITING_IN_LANE
    return isFull && job.priority !== 'live' ? tooMuch(job) : null
  }

  #enqueue(queue: ChatQueue, job: WaitingJob): void {
    const replaced = job.priority === 'live' ? queue.replace(job) : undefined
    replaced?.reject(replacedByNewer())
    if (replaced) return
    queue.add(job)
    this.#waiting[job.priority]++
    this.#advanceSoon()
  }

  #takeBack(queue: ChatQueue, job: WaitingJob): void {
    const isWaiting = queue.remove(job)
    if (isWaiting) {
      this.#waiting[job.priority]--
      job.reject(cancelled('it was taken back'))
    } else job.abort()
  }

  #empty(queue: ChatQueue): void {
    for (const job of [...queue.jobs()]) this.#takeBack(queue, job)
  }

  /** Once for all that is submitted in one go, so that the most urgent of it goes first. */
  #advanceSoon(): void {
    if (this.#isAdvancing) return
    this.#isAdvancing = true
    queueMicrotask(() => {
      this.#isAdvancing = false
      this.#advance()
    })
  }

  /** Begins whatever may begin now, and sets the alarm for what may begin next. */
  #advance(): void {
    this.#wake?.cancel()
    while (!this.#isClosed && this.#line.isUp) {
      const now = this.#now()
      const { queue, at } = this.#chats.soonest(now)
      const waitMs = Math.max(at, this.#bot.freeAt(now)) - now
      if (!queue || waitMs > 0) {
        this.#wakeIn(waitMs)
        return
      }
      this.#begin(queue, now)
    }
  }

  #wakeIn(ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return
    this.#wake = this.#parts.clock.setTimeout(() => this.#advance(), Math.min(ms, LONGEST_TIMER_MS))
  }

  #begin(queue: ChatQueue, now: number): void {
    const job = queue.take(now)
    if (!job) return
    this.#waiting[job.priority]--
    this.#chats.rotate(queue)
    this.#bot.begin(now)
    this.#flights.set(job, this.#fly(queue, job, now))
  }

  async #fly(queue: ChatQueue, job: WaitingJob, start: number): Promise<void> {
    try {
      const isUsed = (await job.attempt()) !== UNUSED
      this.#land(queue, job, start, isUsed)
      queue.done(job)
      if (isUsed) this.#line.answered()
      if (isUsed) this.#sent[job.chat === NO_CHAT ? 'free' : job.priority]++
    } catch (error) {
      this.#fail(queue, job, start, error)
    }
    this.#advanceSoon()
  }

  #land(queue: ChatQueue, job: WaitingJob, start: number, isCounted: boolean): void {
    this.#flights.delete(job)
    const now = this.#now()
    this.#bot.end(start, now, isCounted)
    queue.budget.end(job.priority, { start, now, isCounted })
    this.#tellPause()
  }

  #fail(queue: ChatQueue, job: WaitingJob, start: number, error: unknown): void {
    const isUnsent =
      isFault(error, 'rate-limit') ||
      (isFault(error) && error.isUnsent) ||
      (isFault(error, 'unavailable') && !error.isOutcomeUnknown)
    this.#land(queue, job, start, !isUnsent)
    if (isFault(error, 'unavailable')) this.#unreached(queue, job, error)
    else if (isFault(error, 'rate-limit')) this.#limit(queue, job, error)
    else this.#giveUp(queue, job, error)
    if (isFault(error) && !error.isUnsent && error.kind !== 'unavailable') this.#line.answered()
    if (isFault(error) && error.migratedTo !== undefined) this.#chats.move(job.chat, error.migratedTo)
  }

  #limit(queue: ChatQueue, job: WaitingJob, fault: TelegramFault): void {
    this.#limited++
    const waitMs = fault.retryAfterMs ?? 0
    queue.budget.limit(this.#now(), waitMs)
    this.#parts.log.warn({ chat: job.chat, priority: job.priority, waitMs }, 'Telegram asks to wait')
    this.#tellPause()
    this.#tryAgain(queue, job, 'first', fault)
  }

  #unreached(queue: ChatQueue, job: WaitingJob, fault: TelegramFault): void {
    this.#repeated++
    if (fault.isOutcomeUnknown && this.#line.answers > job.answersThen) job.strikes++
    job.answersThen = this.#line.answers
    this.#line.failed(fault)
    if (job.strikes >= MAX_STRIKES) this.#giveUp(queue, job, fault)
    else this.#tryAgain(queue, job, 'last', fault)
  }

  #tryAgain(queue: ChatQueue, job: WaitingJob, turn: 'first' | 'last', fault: TelegramFault): void {
    if (job.isTakenBack || this.#isClosed) this.#giveUp(queue, job, fault)
    else if (job.priority === 'live' && queue.waitingIn(job) > 0) this.#giveUp(queue, job, replacedByNewer())
    else {
      queue.giveBack(job, turn)
      this.#waiting[job.priority]++
    }
  }

  #giveUp(queue: ChatQueue, job: WaitingJob, error: unknown): void {
    queue.done(job)
    job.reject(job.isTakenBack || this.#isClosed ? cancelled('it was taken back') : error)
  }

  #abortAll(): void {
    for (const job of this.#flights.keys()) job.abort()
  }

  #tellPause(): void {
    const until = this.#pausedUntil()
    if (until === this.#toldPause) return
    this.#toldPause = until
    this.#parts.onPaused(until)
  }

  #pausedUntil(): number | null {
    const ends = [...this.#chats].map(queue => queue.budget.pausedUntil)
    const latest = Math.max(Number.NEGATIVE_INFINITY, ...ends)
    const leftMs = latest - this.#now()
    return leftMs > 0 ? this.#parts.clock.now() + leftMs : null
  }

  #now(): number {
    return this.#parts.clock.monotonic()
  }
}

function tooMuch({ lane, priority }: WaitingJob): TeleclaudeError {
  const message = `Too much waits for Telegram already ('${priority}' of ${lane}). Try again when some of it was sent.`
  return new TeleclaudeError('TC_ERR_BUSY', message, { plugin: 'telegram' })
}

function replacedByNewer(): TeleclaudeError {
  return cancelled('newer live output took its place')
}
