import { BoundedMap } from '../bounded-map.ts'
import type { Clock } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import { type Principal, principalName } from '../principal.ts'

/** More than anybody reads; a journal that is filled by it still keeps what the session printed for long. */
const MAX_PER_MINUTE = 30
const MINUTE_MS = 60_000
/** Less than a megabyte, and more than there are sessions to speak in. */
const MAX_REMEMBERED = 10_000

/** How often each who asks has spoken in each session lately. */
export interface NoticeRate {
  /** @throws TC_ERR_BUSY */
  count(principal: Principal, session: string): void
}

export function createNoticeRate(clock: Pick<Clock, 'monotonic'>): NoticeRate {
  const lately = new BoundedMap<string, { readonly since: number; readonly count: number }>(MAX_REMEMBERED)
  return {
    count(principal, session) {
      const key = `${session} ${speaker(principal)}`
      const now = clock.monotonic()
      const known = lately.get(key)
      const { since, count } = known && now - known.since < MINUTE_MS ? known : { since: now, count: 0 }
      if (count >= MAX_PER_MINUTE) throw tooOften(session, since + MINUTE_MS - now)
      lately.set(key, { since, count: count + 1 })
    },
  }
}

/** Whom another computer asks for is its own to say, and another one each time if it likes. */
function speaker(principal: Principal): string {
  return principalName(principal.kind === 'peer' ? { ...principal, caller: undefined } : principal)
}

function tooOften(session: string, waitMs: number): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_BUSY',
    `${MAX_PER_MINUTE} messages a minute may be shown in session '${session}'. Try again in ${Math.ceil(waitMs / 1000)} s.`,
  )
}
