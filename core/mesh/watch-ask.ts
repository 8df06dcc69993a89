import { isTeleclaudeError } from '../errors.ts'
import { randomId } from '../ids.ts'
import type { Position } from '../journal/cursor.ts'
import type { RequestBody } from './messages.ts'
import type { OutgoingRequests } from './outgoing-requests.ts'
import type { WatchCaller } from './watch-answer.ts'
import { cursorOf, readPage, type WatchPage } from './watch-page.ts'

/** Whether to ask for the key of a session's stream, and whether that is to begin anew. */
export type Subscription = Pick<RequestBody, 'subscribe' | 'fresh'>

/** One page of a session on another computer. */
export interface PageRequest {
  readonly computer: string
  readonly session: string
  /** Null with `last_bytes`. */
  readonly since: Position | null
  /** What else the owner is asked: `until`, `last_bytes`, `context`, `max_bytes`. */
  readonly range: Readonly<Record<string, unknown>>
  readonly caller: WatchCaller
  readonly subscription: Subscription
  readonly signal: AbortSignal
}

/** Settles with the page, checked. @throws TC_ERR_PROTOCOL, and whatever the request throws */
export type AskPage = (request: PageRequest) => Promise<WatchPage>

export function createAskPage(request: OutgoingRequests['request']): AskPage {
  return async ({ computer, session, since, range, caller, subscription, signal }) => {
    const input = {
      session_id: session,
      ...(since && { since: cursorOf(since) }),
      ...range,
      follow: false,
    }
    const body = { operation: 'session.watch', input, ...caller, ...subscription }
    const options = { requestId: randomId(16), idempotent: true, signal }
    const page = readPage(await request(computer, body, options), since)
    // A stream that is left alone for a while is not read because its owner says so.
    return subscription.subscribe ? page : { ...page, pass: null }
  }
}

/** Whether asking again later may help, where asking twice does no harm. */
export function mayPass(error: unknown): boolean {
  return isTeleclaudeError(error) && (error.retryable || error.code === 'TC_ERR_OUTCOME_UNKNOWN')
}
