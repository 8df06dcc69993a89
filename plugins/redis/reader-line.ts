import type { Redis } from 'ioredis'
import type { Clock } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import { madeDuring, type SilenceWatch, watchSilence } from './connection-silence.ts'

/** The connection of a lane: one that falls silent is replaced by another one as soon as that one answers. */
export interface Line {
  /**
   * Asks something that is answered within `dueMs` by a Redis that is well.
   * @returns null if the connection was replaced meanwhile
   */
  ask<T>(dueMs: number, question: (connection: Redis) => Promise<T>): Promise<{ readonly answer: T } | null>
  /** Watches over what is being asked. */
  readonly watch: SilenceWatch | undefined
  close(): void
}

export interface LineParts {
  readonly link: RedisLink
  readonly clock: Clock
  /** Makes another connection. */
  connect(): Promise<Redis>
  /** Another connection has taken the place of a silent one. */
  onReplaced(): void
}

export async function openLine({ link, clock, connect, onReplaced }: LineParts): Promise<Line> {
  let connection = await connect()
  let watch: SilenceWatch | undefined
  let isClosed = false

  async function replace(over: AbortSignal): Promise<void> {
    const made = await madeDuring(over, clock, connect, late => late.disconnect())
    if (!made) return
    if (isClosed) return made.disconnect()
    const silent = connection
    connection = made
    silent.disconnect()
    onReplaced()
  }

  return {
    async ask(dueMs, question) {
      const asked = connection
      const patienceMs = () => link.patienceMs
      const onSilence = (over: AbortSignal) => void replace(over)
      watch = watchSilence({ connection: asked, clock, patienceMs, onSilence })
      watch.due(dueMs)
      try {
        const answer = await question(asked)
        return connection === asked ? { answer } : null
      } catch (thrown) {
        if (connection !== asked) return null
        throw thrown
      } finally {
        watch[Symbol.dispose]()
      }
    },
    get watch() {
      return watch
    },
    close() {
      isClosed = true
      connection.disconnect()
    },
  }
}
