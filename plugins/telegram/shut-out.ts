import type { Clock } from '../../core/index.ts'
import { isFault, TelegramFault } from './api/fault.ts'

/** What the bot may not do in the group, so that not every session asks for itself. */
export interface ShutOut {
  /** @returns whether this call is the one that looks again @throws TelegramFault what is known, without a call */
  enter(method: string): boolean
  worked(method: string): void
  failed(method: string, error: unknown): void
}

/** What only people can mend is looked at again so often, and by one. */
const LOOK_AGAIN_MS = 60_000
/** Others look whether it is mended so long after one has begun to. */
const LOOKING_MS = 10_000
const WHOLE_GROUP = '*'
/** Whether the bot may change a topic or a message depends on which it is. */
const OF_THE_GROUP: ReadonlySet<string> = new Set(['createForumTopic', 'sendMessage', 'sendDocument'])

export function createShutOut(clock: Clock): ShutOut {
  const known = new Map<string, { readonly fault: TelegramFault; until: number }>()
  return {
    enter(method) {
      let isLooking = false
      for (const shut of [known.get(WHOLE_GROUP), known.get(method)]) {
        if (!shut) continue
        const leftMs = shut.until - clock.monotonic()
        if (leftMs > 0) throw again(shut.fault, method, leftMs)
        shut.until = clock.monotonic() + LOOKING_MS
        isLooking = true
      }
      return isLooking
    },
    worked(method) {
      known.delete(WHOLE_GROUP)
      known.delete(method)
    },
    failed(method, error) {
      if (!isFault(error, 'no-rights', 'kicked', 'chat-gone', 'unauthorized') || error.isUnsent) return
      if (error.kind === 'no-rights' && !OF_THE_GROUP.has(method)) return
      const what = error.kind === 'no-rights' ? method : WHOLE_GROUP
      known.set(what, { fault: error, until: clock.monotonic() + LOOK_AGAIN_MS })
    },
  }
}

function again({ kind, message }: TelegramFault, method: string, lookAgainMs: number): TelegramFault {
  return new TelegramFault(kind, message, { method, lookAgainMs, isUnsent: true })
}
