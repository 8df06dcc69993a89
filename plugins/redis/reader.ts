import { createLane, type Lane, type LaneParts, type Source } from './reader-lane.ts'
import { START } from './reader-replies.ts'

/** Reads any number of streams, and waits for what comes to them, over as few connections as possible. */
export interface Reader {
  /** Reads a stream until it is disposed of. */
  read(source: Source): Disposable
  /** Somebody waits for what is to come: a dead connection is noticed sooner, for a few seconds. */
  attend(): void
  /** Removes what woke it. Never rejects. */
  close(): Promise<void>
}

export interface ReaderParts extends Omit<LaneParts, 'wake'> {
  /** The stream that wakes it. */
  readonly wakeKey: string
  /** Whether one read may name all keys. A cluster allows that only for keys of one hash slot. */
  readonly isOneSlot: boolean
}

/** A wake is needed at once or never. */
const WAKE_TTL_SECONDS = 3600

export function createReader({ wakeKey, isOneSlot, ...parts }: ReaderParts): Reader {
  const { link, counts } = parts
  const lanes = new Map<string, Lane>()
  const closing = new Set<Promise<void>>()

  async function wake(): Promise<boolean> {
    // What is read over connections of their own is not woken by a stream.
    if (!isOneSlot) return false
    counts.wakes += 1
    try {
      const pipeline = link.commands.pipeline().xadd(wakeKey, 'MAXLEN', 1, '*', 'm', '')
      for (const [error] of (await pipeline.expire(wakeKey, WAKE_TTL_SECONDS).exec()) ?? [])
        if (error) throw error
      return true
    } catch (thrown) {
      // The reader looks by itself after a while.
      link.failed(thrown)
      return false
    }
  }

  function laneOf(name: string): Lane {
    const known = lanes.get(name)
    if (known) return known
    const lane = createLane({ ...parts, wake })
    if (isOneSlot) lane.add(createWakeSource(wakeKey, parts))
    lanes.set(name, lane)
    return lane
  }

  /** A connection of its own is of no use to a stream that nobody reads. */
  function end(name: string, lane: Lane): void {
    lanes.delete(name)
    const ended = lane.close()
    closing.add(ended)
    void ended.finally(() => closing.delete(ended))
  }

  return {
    read(source) {
      const name = isOneSlot ? '' : source.key
      const lane = laneOf(name)
      lane.add(source)
      return {
        [Symbol.dispose]() {
          lane.remove(source)
          if (!isOneSlot && lane.size === 0 && lanes.get(name) === lane) end(name, lane)
        },
      }
    },
    attend() {
      for (const lane of lanes.values()) lane.attend()
    },
    async close() {
      for (const [name, lane] of lanes) end(name, lane)
      await Promise.all(closing)
      if (!isOneSlot) return
      try {
        await link.commands.unlink(wakeKey)
      } catch (thrown) {
        link.failed(thrown)
      }
    },
  }
}

/** Read along with the others, so that an entry ends a blocked read. */
function createWakeSource(key: string, { link }: Pick<ReaderParts, 'link'>): Source {
  let after = START
  return {
    key,
    isMail: false,
    get after() {
      return after
    },
    reconnected() {
      after = START
    },
    take(entries) {
      after = entries.at(-1)?.id ?? after
    },
    async replaceForeign() {
      await link.commands.unlink(key)
    },
  }
}
