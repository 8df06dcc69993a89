import type { Redis } from 'ioredis'
import { type Clock, type Intake, messageOf } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import type { DeadLetters } from './dead-letters.ts'
import { isAnchored, lookInto, type MailboxFinding } from './mailbox-loss.ts'
import { MAILBOX_TTL_SECONDS, type MailboxTrim } from './mailbox-trim.ts'
import type { Source } from './reader-lane.ts'
import { compareIds, isId, LAST, nextId, START, type StreamEntry } from './reader-replies.ts'
import type { TransportCounts } from './transport-counts.ts'
import type { TransportLog } from './transport-log.ts'

/** How often it is looked whether the mailbox is still there while nothing comes. */
const LOOK_MS = 10_000
/** Its life is prolonged as often while its computer is there. */
const PROLONG_MS = 3_600_000
/**
 * A batch of this size may not be all there was. Less than what is left in a mailbox that became too heavy, so that what
 * is read after something was dropped is as much; more than a copy has on the way, since to look costs as much as a mail.
 */
const MUCH_BYTES = 4 * 1024 * 1024

export interface MailboxIntakeParts {
  readonly link: RedisLink
  readonly key: string
  readonly intake: Intake
  readonly deadLetters: DeadLetters
  readonly trim: MailboxTrim
  readonly clock: Clock
  readonly counts: TransportCounts
  readonly log: TransportLog
  readonly maxMessageBytes: number
  readonly signal: AbortSignal
}

/** Hands the mail of this computer to core, one at a time and in order, and keeps account of where it is. */
export function createMailboxIntake(parts: MailboxIntakeParts): Source {
  const { link, key, intake, deadLetters, trim, clock, counts, log, signal } = parts
  const saved = intake.position
  let after = saved !== null && isId(saved) ? saved : START
  /** The mail that shows by being there that nothing was dropped after it; null where none can be told. */
  let anchor: string | null = after === START ? null : after
  /** The newest mail that was there already when the connection to this mailbox began. */
  let foundUpTo = START
  let isChecked = false
  let lookedAt = clock.monotonic()
  let prolongedAt = Number.NEGATIVE_INFINITY
  let isBusy = false

  function startAnew(lost: string | null): void {
    after = START
    anchor = null
    foundUpTo = START
    trim.reset()
    if (lost !== null) report(lost)
  }

  function report(lost: string): void {
    counts.lost += 1
    intake.lost(lost)
  }

  function conclude({ isReset, lost }: Pick<MailboxFinding, 'isReset' | 'lost'>): void {
    if (isReset) startAnew(lost)
    else if (lost !== null) {
      anchor = null
      report(lost)
    }
  }

  async function check(connection: Redis): Promise<void> {
    const finding = await lookInto(connection, key, anchor)
    conclude(finding)
    foundUpTo = finding.newest
    await trim.tell(after)
    isChecked = true
  }

  async function look(connection: Redis): Promise<void> {
    lookedAt = clock.monotonic()
    if (anchor !== null && (await connection.xlen(key)) === 0) startAnew('the mailbox was deleted')
    if (lookedAt - prolongedAt < PROLONG_MS) return
    await connection.expire(key, MAILBOX_TTL_SECONDS)
    await trim.tell(after)
    prolongedAt = lookedAt
  }

  async function takeAll(entries: readonly StreamEntry[], isFull: boolean): Promise<void> {
    // Mail that comes in masses may come faster than it is read, and be trimmed away before.
    const isMuch = isFull || entries.reduce((sum, entry) => sum + entry.size, 0) >= MUCH_BYTES
    if (isMuch && anchor !== null) await checkAnchor(anchor)
    for (const entry of entries) {
      if (signal.aborted) return
      await takeOne(entry)
      if (entry.id === LAST) await clear()
    }
  }

  async function checkAnchor(before: string): Promise<void> {
    try {
      if (await isAnchored(link.commands, key, before)) return
      conclude({ isReset: false, lost: 'more mail came than the mailbox holds, and the oldest was dropped' })
    } catch (thrown) {
      // Nothing is known to be lost. That the connection fails, the reader sees by itself.
      link.failed(thrown)
    }
  }

  async function takeOne(entry: StreamEntry): Promise<void> {
    const reason = await reasonAgainst(entry)
    if (signal.aborted) return
    if (reason === null) counts.received += 1
    else {
      counts.dead += 1
      await deadLetters.put(reason, entry.bytes)
    }
    after = entry.id
    const isHuge = entry.size > 2 * parts.maxMessageBytes
    anchor = isHuge ? null : entry.id
    trim.taken(isHuge ? nextId(entry.id) : entry.id, entry.size)
  }

  async function reasonAgainst({ id, bytes }: StreamEntry): Promise<string | null> {
    try {
      return await intake.take({ position: id, bytes, hasWaited: compareIds(id, foundUpTo) <= 0 })
    } catch (err) {
      log.often('untaken', `mail could not be taken in: ${messageOf(err)}`)
      return 'it could not be taken in'
    }
  }

  /** After the last possible id nobody can write to the mailbox any more. */
  async function clear(): Promise<void> {
    try {
      await link.commands.unlink(key)
      startAnew(null)
    } catch (thrown) {
      link.failed(thrown)
    }
  }

  return {
    key,
    isMail: true,
    get after() {
      return isBusy ? null : after
    },
    reconnected() {
      isChecked = false
    },
    async prepare(connection) {
      if (isBusy) return
      if (!isChecked) await check(connection)
      if (clock.monotonic() - lookedAt >= LOOK_MS) await look(connection)
    },
    async take(entries, isFull) {
      isBusy = true
      lookedAt = clock.monotonic()
      try {
        await takeAll(entries, isFull)
      } finally {
        isBusy = false
      }
    },
    async replaceForeign(type) {
      const reason = `a ${type} stood in the place of the mailbox`
      const bytes = type === 'string' ? await link.commands.getrangeBuffer(key, 0, 64 * 1024 - 1) : null
      await deadLetters.put(reason, bytes)
      await link.commands.unlink(key)
      startAnew(reason)
    },
  }
}
