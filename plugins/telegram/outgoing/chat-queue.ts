import type { ChatBudget } from './chat-budget.ts'
import type { Priority } from './job.ts'
import { LaneRing } from './lane-ring.ts'
import type { WaitingJob } from './waiting-job.ts'

const priorities = ['final', 'reply', 'live'] as const satisfies readonly Priority[]

/** After this many results in a row a person who waits gets an answer, or 50 busy sessions would let nobody ask why. */
const FINALS_BEFORE_REPLY = 3

/** What waits for one chat, and what that chat may cost. */
export class ChatQueue {
  readonly budget: ChatBudget
  readonly #rings: Readonly<Record<Priority, LaneRing>> = {
    final: new LaneRing(),
    reply: new LaneRing(),
    live: new LaneRing(),
  }
  #finalsInRow = 0
  #underWay = 0

  constructor(budget: ChatBudget) {
    this.budget = budget
  }

  /** Whether there is a job that only waits for its turn. */
  get isReady(): boolean {
    return priorities.some(priority => this.#rings[priority].isReady)
  }

  get isIdle(): boolean {
    return !this.isReady && this.#underWay === 0
  }

  /** When the next job may begin: now, later, or (Infinity) only after another one has ended. */
  nextAt(now: number): number {
    const priority = this.#next()
    return priority ? this.budget.freeAt(priority, now) : Number.POSITIVE_INFINITY
  }

  waitingIn(job: WaitingJob): number {
    return this.#rings[job.priority].waitingIn(job.lane)
  }

  *jobs(): Iterable<WaitingJob> {
    for (const priority of priorities) yield* this.#rings[priority].jobs()
  }

  add(job: WaitingJob): void {
    this.#rings[job.priority].add(job)
  }

  replace(job: WaitingJob): WaitingJob | undefined {
    return this.#rings[job.priority].replace(job)
  }

  remove(job: WaitingJob): boolean {
    return this.#rings[job.priority].remove(job)
  }

  /** Begins the next job; {@link ChatQueue.nextAt} was now. */
  take(now: number): WaitingJob | undefined {
    const priority = this.#next()
    const job = priority && this.#rings[priority].take()
    if (!job) return undefined
    this.#finalsInRow = job.priority === 'final' && this.#rings.reply.isReady ? this.#finalsInRow + 1 : 0
    this.#underWay++
    this.budget.begin(job.priority, now)
    return job
  }

  done(job: WaitingJob): void {
    this.#underWay--
    this.#rings[job.priority].done(job)
  }

  /** The job is tried again. */
  giveBack(job: WaitingJob, turn: 'first' | 'last'): void {
    this.#underWay--
    this.#rings[job.priority].giveBack(job, turn)
  }

  #next(): Priority | undefined {
    const { final, reply, live } = this.#rings
    if (final.isReady && !(reply.isReady && this.#finalsInRow >= FINALS_BEFORE_REPLY)) return 'final'
    if (reply.isReady) return 'reply'
    return live.isReady ? 'live' : undefined
  }
}
