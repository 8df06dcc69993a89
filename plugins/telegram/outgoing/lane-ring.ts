import type { WaitingJob } from './waiting-job.ts'

interface Lane {
  readonly name: string
  readonly jobs: WaitingJob[]
  isBusy: boolean
}

/** The jobs of one priority: lanes take turns, and the jobs of a lane run one at a time, in order. */
export class LaneRing {
  readonly #lanes = new Map<string, Lane>()
  /** Lanes whose turn comes, in order. */
  readonly #turns = new Set<Lane>()
  /** Lanes whose turn was cut short, which come before all. */
  readonly #first: Lane[] = []

  get isReady(): boolean {
    return this.#turns.size > 0 || this.#first.length > 0
  }

  /** How many jobs wait in a lane. */
  waitingIn(lane: string): number {
    return this.#lanes.get(lane)?.jobs.length ?? 0
  }

  *jobs(): Iterable<WaitingJob> {
    for (const lane of this.#lanes.values()) yield* lane.jobs
  }

  add(job: WaitingJob): void {
    const lane = this.#laneOf(job)
    lane.jobs.push(job)
    if (!lane.isBusy && !this.#first.includes(lane)) this.#turns.add(lane)
  }

  /** Puts `job` in the place of the one that waits longest in its lane, if one does. */
  replace(job: WaitingJob): WaitingJob | undefined {
    const waiting = this.#lanes.get(job.lane)?.jobs
    const replaced = waiting?.[0]
    if (waiting && replaced) waiting[0] = job
    return replaced
  }

  /** The job whose turn it is; its lane waits until the job is {@link LaneRing.done} or {@link LaneRing.giveBack given back}. */
  take(): WaitingJob | undefined {
    const lane = this.#first.shift() ?? this.#turns.values().next().value
    if (!lane) return undefined
    this.#turns.delete(lane)
    lane.isBusy = true
    return lane.jobs.shift()
  }

  done(job: WaitingJob): void {
    const lane = this.#laneOf(job)
    lane.isBusy = false
    if (lane.jobs.length > 0) this.#turns.add(lane)
    else this.#lanes.delete(lane.name)
  }

  /** Puts a job that was taken back at the head of its lane, whose turn then comes first of all or last of all. */
  giveBack(job: WaitingJob, turn: 'first' | 'last'): void {
    const lane = this.#laneOf(job)
    lane.isBusy = false
    lane.jobs.unshift(job)
    if (turn === 'first') this.#first.push(lane)
    else this.#turns.add(lane)
  }

  /** Removes a waiting job, and says whether it waited. */
  remove(job: WaitingJob): boolean {
    const lane = this.#lanes.get(job.lane)
    const index = lane?.jobs.indexOf(job) ?? -1
    if (!lane || index < 0) return false
    lane.jobs.splice(index, 1)
    if (lane.jobs.length === 0) this.#skip(lane)
    return true
  }

  #skip(lane: Lane): void {
    this.#turns.delete(lane)
    const first = this.#first.indexOf(lane)
    if (first >= 0) this.#first.splice(first, 1)
    if (!lane.isBusy) this.#lanes.delete(lane.name)
  }

  #laneOf({ lane: name }: WaitingJob): Lane {
    const known = this.#lanes.get(name)
    if (known) return known
    const made: Lane = { name, jobs: [], isBusy: false }
    this.#lanes.set(name, made)
    return made
  }
}
