import type { Logger } from 'pino'
import type { SessionId } from '../ids.ts'
import type { Commit } from './commit.ts'
import type { Entry } from './entry.ts'
import { wakeWaiters } from './session-log.ts'

type Listener = (session: SessionId, entries: readonly Entry[]) => void

/** Those who are told of every commit. None of them can break it. */
export interface CommitListeners {
  add(listener: Listener): Disposable
  tell(commit: Commit): void
  clear(): void
}

export function createCommitListeners(logger: Logger): CommitListeners {
  const listeners = new Set<{ readonly call: Listener }>()
  return {
    add(call) {
      const own = { call }
      listeners.add(own)
      return { [Symbol.dispose]: () => void listeners.delete(own) }
    },
    tell({ log, placed }) {
      const entries = placed.map(({ entry }) => entry)
      for (const { call } of listeners) {
        try {
          call(log.session, entries)
        } catch (error) {
          logger.error({ err: error, session: log.session }, 'a listener to the journal threw')
        }
      }
      wakeWaiters(log)
    },
    clear: () => listeners.clear(),
  }
}
