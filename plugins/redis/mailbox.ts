import { asBuffer, BoundedMap, freeBytes } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import type { Keys } from './keys.ts'
import { whyDropped } from './mailbox-loss.ts'
import { createMailboxWeight, type MailboxWeight } from './mailbox-weight.ts'
import type { RedisOptions } from './options.ts'
import type { TransportCounts } from './transport-counts.ts'

/** The mailboxes of all computers, as they are written to from here. */
export interface Mailboxes {
  /** As `Transport.send`. */
  send(computer: string, message: Uint8Array): Promise<string | null>
  /** As `Transport.whyDropped`. */
  whyDropped(computer: string, place: string): Promise<string | null>
}

export interface MailboxParts {
  readonly link: RedisLink
  readonly keys: Keys
  readonly options: Pick<RedisOptions, 'mailboxLength'>
  readonly counts: TransportCounts
}

/** For so many computers it is known how much was written to them. */
const MAX_KNOWN = 1000

export function createMailboxes({ link, keys, options, counts }: MailboxParts): Mailboxes {
  const weights = new BoundedMap<string, MailboxWeight>(MAX_KNOWN)

  function weightOf(computer: string): MailboxWeight {
    const weight = weights.get(computer) ?? createMailboxWeight(options.mailboxLength)
    weights.set(computer, weight)
    return weight
  }

  async function lighten(key: string, firstKept: string): Promise<void> {
    try {
      await link.commands.xtrim(key, 'MINID', '~', firstKept)
    } catch (thrown) {
      // It is lightened with the next message.
      link.failed(thrown)
    }
  }

  return {
    async send(computer, message) {
      const { commands } = link
      const bytes = message.byteLength
      const key = keys.messages(computer)
      let id: string | null
      try {
        id = await commands.xadd(key, 'MAXLEN', '~', options.mailboxLength, '*', 'm', asBuffer(message))
      } catch (thrown) {
        const { error, outcome } = link.failed(thrown)
        if (outcome === 'refused') throw error
        counts.sent_unknown += 1
        return null
      } finally {
        freeBytes(message)
      }
      counts.sent += 1
      const firstKept = id === null ? null : weightOf(computer).wrote(id, bytes)
      if (firstKept !== null) void lighten(key, firstKept)
      return id
    },
    async whyDropped(computer, place) {
      try {
        return await whyDropped(link.commands, keys.messages(computer), keys.read(computer), place)
      } catch (thrown) {
        throw link.failed(thrown).error
      }
    },
  }
}
