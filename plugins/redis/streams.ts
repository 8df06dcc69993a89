import { asBuffer, type Clock, type SealedEntry, type SessionId } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import type { Keys } from './keys.ts'
import type { RedisOptions } from './options.ts'
import { createStreamExtent, type StreamExtent } from './streams-extent.ts'
import type { TransportCounts } from './transport-counts.ts'

/** The streams that this computer writes: each holds what one of its sessions prints, while somebody watches. */
export interface Streams {
  /** @throws TC_ERR_TRANSPORT */
  append(session: SessionId, entries: readonly SealedEntry[]): Promise<void>
  /** @throws TC_ERR_TRANSPORT */
  remove(session: SessionId): Promise<void>
  /** Removes what is left of them. Never rejects. */
  close(): Promise<void>
}

export interface StreamsParts {
  readonly link: RedisLink
  readonly keys: Keys
  readonly options: Pick<RedisOptions, 'outputLength' | 'outputBytes' | 'outputTtlSeconds'>
  readonly clock: Clock
  readonly counts: TransportCounts
}

interface Written {
  readonly extent: StreamExtent
  prolongedAt: number
}

/** How often a stream that is written to gets its full life again. */
const PROLONG_MS = 60_000

export function createStreams({ link, keys, options, clock, counts }: StreamsParts): Streams {
  const written = new Map<SessionId, Written>()

  function of(session: SessionId): Written {
    const known = written.get(session)
    if (known) return known
    const extent = createStreamExtent(options.outputLength, options.outputBytes)
    const made = { extent, prolongedAt: Number.NEGATIVE_INFINITY }
    written.set(session, made)
    return made
  }

  function isDue({ prolongedAt }: Written): boolean {
    return clock.monotonic() - prolongedAt >= Math.min(PROLONG_MS, options.outputTtlSeconds * 250)
  }

  async function append(session: SessionId, entries: readonly SealedEntry[]): Promise<void> {
    const pipeline = link.commands.pipeline()
    const key = keys.output(session)
    const stream = of(session)
    for (const [at, { seq, bytes }] of entries.entries()) {
      stream.extent.wrote(seq, bytes.byteLength)
      const isLast = at === entries.length - 1
      const trim = isLast ? ['MINID', '~', stream.extent.firstKept] : []
      pipeline.xadd(key, ...trim, `${seq}-0`, 'm', asBuffer(bytes))
    }
    if (isDue(stream)) {
      stream.prolongedAt = clock.monotonic()
      pipeline.expire(key, options.outputTtlSeconds)
    }
    try {
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
    } catch (thrown) {
      throw link.failed(thrown).error
    }
    counts.entries_written += entries.length
  }

  async function remove(session: SessionId): Promise<void> {
    const { commands } = link
    written.delete(session)
    try {
      await commands.unlink(keys.output(session))
    } catch (thrown) {
      throw link.failed(thrown).error
    }
  }

  return {
    append,
    remove,
    async close() {
      await Promise.allSettled([...written.keys()].map(remove))
    },
  }
}
