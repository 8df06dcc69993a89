import { spellBytes } from '../attached-bytes.ts'
import type { Clock, Timer } from '../clock.ts'
import type { TeleclaudeError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import type { AnswerBox } from './answer-box.ts'
import type { EnvelopeHeader } from './envelope.ts'
import type { MailboxPosition } from './mailbox-position.ts'
import { ANSWER_MS, MAX_SKEW_MS, type RequestBody, type ResponseBody } from './messages.ts'
import { createOriginCounts } from './origin-counts.ts'
import type { RefusalMark } from './refusal-mark.ts'
import { createRefusals } from './refusals.ts'
import { createRequestTable, type RequestRow } from './request-table.ts'
import {
  failure,
  notRecorded,
  outcomeUnknown,
  refusedBefore,
  tooManyAtOnce,
  tooManyRemembered,
} from './responses.ts'
import { createRunningRequests } from './running-requests.ts'
import { createSentNotes } from './sent-notes.ts'
import { isPassing, isStoreFailure } from './store-failure.ts'
import { createTakenMarks } from './taken-marks.ts'
import { twice } from './twice.ts'
import { requestIdOf } from './wire-id.ts'

/**
 * The requests of other computers, each done at most once: it is written down before it runs; found running after a
 * crash it is not run again, and its caller is told.
 */
export interface ServedRequests {
  /**
   * Takes a request in, in the same transaction as `position`, and starts it. One that was taken in before is not done
   * again: its answer is sent again, if it is there. One that cannot be written down, or of a computer of which too many
   * are remembered, is refused: it will not be done, however often it comes. A piece is done whenever it comes.
   */
  take(header: EnvelopeHeader, body: RequestBody, position: string): Refusal | null
  /** The caller has gone: the signal of its operation aborts. */
  cancel(from: string, id: string): void
  /** Answers what a daemon before this one has left: with its recorded result, or with TC_ERR_OUTCOME_UNKNOWN. */
  answerUnfinished(): void
  /** Forgets ids that can no longer be replayed. */
  sweep(): void
  /** Aborts what runs. What has not ended by then is answered by the next daemon. */
  close(): void
  counts(): { readonly running: number; readonly served: number; readonly repeated: number }
}

/** A request that was not taken in. */
export interface Refusal {
  /** What to tell who asked; null where that could not be kept. */
  readonly answer: ResponseBody | null
  readonly reason: string
}

/** Does a request that was authorised to be asked; settles with its result. */
export type Serve = (
  from: string,
  requestId: string,
  body: RequestBody,
  signal: AbortSignal,
) => Promise<unknown>

export interface ServedRequestsParts {
  /** The name of this computer. */
  readonly self: string
  readonly clock: Clock
  readonly log: Logger
  readonly store: Store
  readonly mailbox: Pick<MailboxPosition, 'commit' | 'hasForgotten'>
  readonly mark: RefusalMark
  readonly answers: Pick<AnswerBox, 'post' | 'has'>
  readonly isIdempotent: (operation: string) => boolean
  /** Whether it may be done again at any time, so that nothing of it needs to be written down. */
  readonly isPiece: (operation: string) => boolean
  readonly serve: Serve
}

/** As many as a computer that keeps to the protocol has waiting here at once. */
const MAX_RUNNING_PER_COMPUTER = 1000
/** Some 60 MB in the database: what a computer that floods this one for five minutes leaves. */
const MAX_REMEMBERED = 500_000
/** What one that floods leaves for the others. */
const MAX_REMEMBERED_PER_COMPUTER = 50_000
/** No request that was taken in can be valid for longer than this, wherever the clocks were set meanwhile. */
const REMEMBERED_MS = ANSWER_MS + 2 * MAX_SKEW_MS
/** What changes something answers with less. */
const MAX_KEPT_BYTES = 64 * 1024
/** Where an answer is not kept, an idempotent request is asked again: that is cheaper than to write down pages of output. */
const MAX_KEPT_IDEMPOTENT_BYTES = 4 * 1024
/** A few milliseconds of work; terminals wait meanwhile. */
const FORGOTTEN_AT_ONCE = 2000
const FORGET_MORE_AFTER_MS = 100

type Asked = Omit<RequestRow, 'state' | 'answer'>

export function createServedRequests(parts: ServedRequestsParts): ServedRequests {
  const { self, clock, log, store, mailbox, answers } = parts
  const table = createRequestTable(store)
  const running = createRunningRequests()
  const sent = createSentNotes(parts, table)
  const remembered = createOriginCounts(table.countByOrigin())
  const refusals = createRefusals(clock, parts.mark)
  const marks = createTakenMarks()
  // When those of the daemon before this one were taken in, no clock that is never set can tell.
  marks.note(table.last, clock.monotonic())
  const numbersRunning = new Set<number>()
  const flooding = new Set<string>()
  let [served, repeated, isClosed]: [number, number, boolean] = [0, 0, false]
  let sweeping: Timer | null = null

  const start = async (asked: Asked, body: RequestBody): Promise<void> => {
    const { from, id } = asked
    const signal = running.begin(from, id)
    numbersRunning.add(asked.number)
    served += 1
    try {
      const result = await parts.serve(from, requestIdOf(id), body, signal)
      end(asked, { status: 'success', result: result ?? null })
    } catch (thrown) {
      end(asked, failure(thrown))
    } finally {
      running.end(from, id)
      numbersRunning.delete(asked.number)
    }
  }
  const end = (asked: Asked, answer: ResponseBody): void => {
    if (isClosed) return
    const json = JSON.stringify(spellBytes(answer))
    const maxBytes = asked.isIdempotent ? MAX_KEPT_IDEMPOTENT_BYTES : MAX_KEPT_BYTES
    record(asked, Buffer.byteLength(json) <= maxBytes ? json : null)
    post(asked, answer)
  }
  const record = ({ number, operation }: Asked, answer: string | null): void => {
    try {
      store.transaction(() => {
        table.done(number, answer)
        sent.write()
      })
    } catch (error) {
      // It was done, and its caller is told so; only a repeated request would now be told that nobody knows.
      log.warn({ err: error, operation }, 'an answer could not be recorded')
    }
  }
  const post = (asked: Asked, answer: ResponseBody): void => {
    void answers.post(asked, answer).then(isThere => {
      if (isThere && !isClosed) sent.note(asked.number)
    })
  }
  /** Of copies and forwarded connections there are more than could be remembered, and each costs two commits. */
  const takePiece = (asked: EnvelopeHeader, body: RequestBody): void => {
    const { from, id } = asked
    if (running.has(from, id) || answers.has(from, id)) repeated += 1
    else if (running.of(from) >= MAX_RUNNING_PER_COMPUTER) void answers.post(asked, tooManyAtOnce(self, from))
    else void startPiece(asked, body)
  }
  const startPiece = async (asked: EnvelopeHeader, body: RequestBody): Promise<void> => {
    const { from, id } = asked
    const signal = running.begin(from, id)
    served += 1
    const answer = await parts
      .serve(from, requestIdOf(id), body, signal)
      .then((result): ResponseBody => ({ status: 'success', result: result ?? null }), failure)
    if (!isClosed) void answers.post(asked, answer)
    running.end(from, id)
  }
  const again = (header: EnvelopeHeader, row = table.find(header.from, header.id)): void => {
    repeated += 1
    if (!row || running.has(row.from, row.id) || answers.has(row.from, row.id)) return
    answerAnew({ ...row, v: header.v, secret: header.secret })
  }
  /** Null if it was taken in before. */
  const refuse = (header: EnvelopeHeader, body: RequestBody, why: TeleclaudeError): Refusal | null => {
    const row = table.find(header.from, header.id)
    if (row) {
      again(header, row)
      return null
    }
    if (mailbox.hasForgotten(body.boot))
      return { answer: outcomeUnknown(self, kindOf(body)), reason: why.code }
    return { answer: refusals.note(header) ? failure(why) : null, reason: why.code }
  }
  const kindOf = ({ operation }: RequestBody) => ({ operation, isIdempotent: parts.isIdempotent(operation) })
  const answerAnew = (row: RequestRow): void => {
    if (row.state === 'running') record(row, null)
    // Only this program writes the column.
    post(row, row.answer === null ? outcomeUnknown(self, row) : (JSON.parse(row.answer) as ResponseBody))
  }
  const sweep = (): void => {
    sweeping?.cancel()
    sweeping = null
    flooding.clear()
    refusals.sweep()
    const now = clock.monotonic()
    const which = {
      before: clock.now() - 2 * MAX_SKEW_MS,
      upTo: marks.olderThan(REMEMBERED_MS, now),
      except: numbersRunning,
      limit: FORGOTTEN_AT_ONCE,
    }
    const origins = store.transaction(() => table.forget(which))
    for (const origin of origins) remembered.add(origin, -1)
    if (origins.length === FORGOTTEN_AT_ONCE)
      sweeping = clock.setTimeout(sweep, FORGET_MORE_AFTER_MS, { ref: false })
  }
  /** Null if another request of that computer can be remembered. */
  const whyTooMany = (from: string): TeleclaudeError | null => {
    if (remembered.total >= MAX_REMEMBERED) return tooManyRemembered(self)
    if (remembered.of(from) < MAX_REMEMBERED_PER_COMPUTER) return null
    if (!flooding.has(from)) log.warn({ computer: from }, 'too many requests of a computer: it has to wait')
    flooding.add(from)
    return tooManyRemembered(self, from)
  }
  /** @throws TC_ERR_STORE, TC_ERR_DISK_FULL: then nothing was taken in */
  const takeIn = (header: EnvelopeHeader, body: RequestBody, position: string): void => {
    const { operation, isIdempotent } = kindOf(body)
    const number = mailbox.commit(position, () => {
      sent.write()
      return table.add(header, operation, isIdempotent)
    })
    if (number === null) {
      again(header)
      return
    }
    const { from, id, v, secret, notAfter } = header
    remembered.add(from, 1)
    marks.note(number, clock.monotonic())
    const asked = { from, id, v, secret, notAfter, number, operation, isIdempotent }
    if (mailbox.hasForgotten(body.boot)) end(asked, outcomeUnknown(self, asked))
    else if (running.of(from) >= MAX_RUNNING_PER_COMPUTER) end(asked, tooManyAtOnce(self, from))
    else void start(asked, body)
  }
  return {
    take(header, body, position) {
      const { from } = header
      if (parts.isPiece(body.operation)) {
        takePiece(header, body)
        return null
      }
      const why = whyTooMany(from) ?? (refusals.mayInclude(header) ? refusedBefore(self, from) : null)
      if (why) return refuse(header, body, why)
      try {
        twice(() => takeIn(header, body, position), isPassing)
        return null
      } catch (error) {
        if (!isStoreFailure(error)) throw error
        return refuse(header, body, notRecorded(self, error.code))
      }
    },
    cancel: (from, id) => running.abort(from, id),
    answerUnfinished() {
      sent.flush()
      for (const { from, id, notAfter } of table.unsent()) {
        if (running.has(from, id) || answers.has(from, id)) continue
        const row = notAfter + MAX_SKEW_MS < clock.now() ? undefined : table.find(from, id)
        if (row) answerAnew(row)
      }
    },
    sweep,
    close() {
      sent.flush()
      isClosed = true
      sweeping?.cancel()
      running.abortAll()
    },
    counts: () => ({ running: running.size, served, repeated }),
  }
}
