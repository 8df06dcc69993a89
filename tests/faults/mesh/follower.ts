import { isTeleclaudeError } from '../../../core/errors.ts'
import type { WatchEnd } from '../../../core/operations/follow.ts'
import type { WatchItem } from '../../../core/operations/session-watch.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { until } from '../../support/until.ts'

/** Watches a session as a client does that keeps its cursor: where its daemon goes away, it goes on when that is back. */
export class Follower {
  readonly session: string
  readonly #daemon: TestDaemon
  #cursor = '0'
  #text = ''

  constructor(daemon: TestDaemon, session: string) {
    this.#daemon = daemon
    this.session = session
  }

  /** The numbers of the lines `n 1`, `n 2` … that have come, in the order in which they came. */
  get numbers(): readonly number[] {
    return [...this.#text.matchAll(/^n (\d+)\r?$/gm)].map(([, number]) => Number(number))
  }

  get last(): number {
    return this.numbers.at(-1) ?? 0
  }

  /** Settles when the session has ended. */
  async follow(): Promise<WatchEnd> {
    for (;;) {
      try {
        const from = { session_id: this.session, since: this.#cursor }
        return await this.#daemon.call<WatchEnd>('session.watch', from, { onItem: item => this.#take(item) })
      } catch (error) {
        if (!isTeleclaudeError(error, 'TC_ERR_NOT_RUNNING')) throw error
        await until(() => this.#isBack(), 'the daemon to be back and in the mesh', 20_000)
      }
    }
  }

  #take(item: unknown): void {
    const { entries, cursor } = item as WatchItem // what session.watch emits
    for (const entry of entries) if (entry.kind === 'output') this.#text += entry.data
    this.#cursor = cursor
  }

  async #isBack(): Promise<boolean> {
    return await this.#daemon.status().then(
      ({ mesh }) => mesh?.joined ?? false,
      () => false,
    )
  }
}
