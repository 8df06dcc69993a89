import type { Redis } from 'ioredis'
import type { RedisCommands } from './connection.ts'
import { compareIds, isId, START } from './reader-replies.ts'

/** What a look at the mailbox says about where to read on. */
export interface MailboxFinding {
  /** The id of the newest mail, there or not any more: what comes from now on is after it. */
  readonly newest: string
  /** The ids in the mailbox start anew: it is to be read from its beginning. */
  readonly isReset: boolean
  /** Why mail may have been lost; null if none was. */
  readonly lost: string | null
}

/**
 * What has become of a mailbox that was not looked at for a while; after this, {@link isAnchored} is enough.
 * @param anchor the mail that was taken last and is therefore left in the mailbox; null where none can be told
 */
export async function lookInto(
  connection: Redis,
  key: string,
  anchor: string | null,
): Promise<MailboxFinding> {
  const mailbox = await stateOf(connection, key)
  const newest = mailbox?.lastId ?? START
  return { newest, ...(anchor === null ? FINE : lossIn(mailbox, anchor)) }
}

type Loss = Pick<MailboxFinding, 'isReset' | 'lost'>

const FINE: Loss = { isReset: false, lost: null }

/** Whether something was dropped after `anchor`. */
function lossIn(mailbox: MailboxState | null, anchor: string): Loss {
  if (mailbox === null) {
    return { isReset: true, lost: 'the mailbox is gone: Redis was emptied, or nobody was here for too long' }
  }
  const { lastId, firstId } = mailbox
  if (compareIds(lastId, anchor) < 0) {
    return { isReset: true, lost: 'the mailbox is an older one: Redis was restored, or its clock set back' }
  }
  if (firstId === null) {
    return lastId === anchor ? FINE : { isReset: false, lost: 'the mailbox was emptied before it was read' }
  }
  const isWhole = compareIds(firstId, anchor) <= 0
  return isWhole ? FINE : { isReset: false, lost: 'the oldest mail was dropped before it was read' }
}

/** Whether the mail that was taken last, or one before it, is still there. */
export async function isAnchored(commands: RedisCommands, key: string, anchor: string): Promise<boolean> {
  // As bytes: it may be megabytes, and nobody wants to read them.
  return (await commands.xrangeBuffer(key, '-', anchor, 'COUNT', 1)).length > 0
}

/**
 * Why a mail was dropped before it was read; null if it was not, or that is not known.
 * @param readKey where the reader tells how far it is
 */
export async function whyDropped(
  commands: RedisCommands,
  key: string,
  readKey: string,
  id: string,
): Promise<string | null> {
  // In this order: what its reader removes, it has told of before.
  if (await isAnchored(commands, key, id)) return null
  const read = await commands.get(readKey)
  if (read === null || !isId(read) || compareIds(read, id) >= 0) return null
  return 'the mailbox overflowed and dropped what was not read, or somebody trimmed or deleted it'
}

interface MailboxState {
  readonly lastId: string
  readonly firstId: string | null
}

/** Null if there is no mailbox. */
async function stateOf(connection: Redis, key: string): Promise<MailboxState | null> {
  let info: unknown
  try {
    info = await connection.xinfo('STREAM', key)
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes('no such key')) return null
    throw thrown
  }
  const facts: readonly unknown[] = Array.isArray(info) ? info : []
  const field = (name: string) => facts[facts.indexOf(name) + 1]
  const lastId = field('last-generated-id')
  const first = field('first-entry')
  const firstId = Array.isArray(first) ? first[0] : null
  return { lastId: isIdText(lastId) ? lastId : START, firstId: isIdText(firstId) ? firstId : null }
}

function isIdText(value: unknown): value is string {
  return typeof value === 'string' && isId(value)
}
