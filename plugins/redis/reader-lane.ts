import type { Redis } from 'ioredis'
import { type Clock, messageOf, sleep } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import { isWrongType } from './faults.ts'
import { createBatchSize } from './reader-batch.ts'
import { entriesOf, type StreamEntry } from './reader-replies.ts'
import type { TransportCounts } from './transport-counts.ts'
import type { TransportLog } from './transport-log.ts'

/** A stream that is read. */
export interface Source {
  readonly key: string
  /** Is handled first in each round, and is waited for, a little. */
  readonly isMail: boolean
  /** The id after which to read on; null while nothing is to be read of it. */
  readonly after: string | null
  /** What came to the stream while the connection was away may be gone again. */
  reconnected(): void
  /** Called before each read. */
  prepare?(connection: Redis): Promise<void>
  /** Takes what was read. `isFull`: there may be more of it. Never rejects. */
  take(entries: readonly StreamEntry[], isFull: boolean): Promise<void> | void
  /** What stands under the key is no stream but this. */
  replaceForeign(type: string): Promise<void>
}

export interface LaneParts {
  readonly link: RedisLink
  readonly clock: Clock
  readonly log: TransportLog
  readonly counts: TransportCounts
  /** Called when the set of streams has changed while the lane is blocked in a read of the old one. */
  wake(): void
}

/** One blocking connection, with the streams that are read over it. */
export interface Lane {
  add(source: Source): void
  remove(source: Source): void
  readonly size: number
  /** Nothing is read any more. */
  close(): Promise<void>
}

/** Bounds what a lost wake costs, and how long a connection may be dead unnoticed. */
export const BLOCK_MS = 5000
/** How long mail may take before the other streams are read on without it. */
const PATIENCE_MS = 50
/** A failure is followed by a pause, or a server that refuses everything would be asked without end. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [50, 500]

export function createLane({ link, clock, log, counts, wake }: LaneParts): Lane {
  const sources = new Set<Source>()
  const closing = new AbortController()
  const batch = createBatchSize()
  let connection: Redis | null = null
  let isConnecting = false
  let isBlocked = false
  let failures = 0
  let connections = 0

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await whenUp()
        await readAll()
      } catch (thrown) {
        if (closing.signal.aborted) return
        await recover(thrown)
      }
    }
  }

  async function whenUp(): Promise<void> {
    while (!link.state.up && !closing.signal.aborted) await nextState()
  }

  function nextState(): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        subscription[Symbol.dispose]()
        closing.signal.removeEventListener('abort', done)
        resolve()
      }
      const subscription = link.onState(done)
      closing.signal.addEventListener('abort', done, { once: true })
    })
  }

  async function readAll(): Promise<void> {
    const [first] = sources
    if (!first) return await sleep(clock, PATIENCE_MS, closing.signal)
    isConnecting = true
    const opened = await link.connect(link.nodeOf(first.key), 'reader', BLOCK_MS).finally(() => {
      isConnecting = false
    })
    try {
      connection = opened
      if (connections++ > 0) reconnected()
      while (!closing.signal.aborted) await round(opened)
    } finally {
      connection = null
      opened.disconnect()
    }
  }

  function reconnected(): void {
    counts.reconnects += 1
    for (const source of sources) source.reconnected()
  }

  async function round(opened: Redis): Promise<void> {
    // Whoever was told something in this round may ask for a stream before the next read begins: that saves a wake.
    await new Promise(setImmediate)
    for (const source of sources) await source.prepare?.(opened)
    const reading = [...sources].flatMap(source =>
      source.after === null ? [] : [{ source, after: source.after }],
    )
    if (reading.length === 0) return await sleep(clock, PATIENCE_MS, closing.signal)
    const keys = reading.map(({ source }) => source.key)
    const ids = reading.map(({ after }) => after)
    isBlocked = true
    const reply = await opened
      .xreadBuffer('COUNT', batch.count, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...ids)
      .finally(() => {
        isBlocked = false
      })
    failures = 0
    if (!reply) return
    // Not to those that came meanwhile: they want to read from another place.
    await handOut(
      entriesOf(reply),
      reading.map(({ source }) => source).filter(source => sources.has(source)),
    )
  }

  async function handOut(read: Map<string, StreamEntry[]>, readers: readonly Source[]): Promise<void> {
    const { count } = batch
    batch.noteRead([...read.values()])
    let mail: Promise<void> | null = null
    for (const source of readers.toSorted((a, b) => Number(b.isMail) - Number(a.isMail))) {
      const entries = read.get(source.key)
      const taken = entries && source.take(entries, entries.length >= count)
      if (taken) mail = taken
    }
    if (mail) await waitFor(mail)
  }

  async function waitFor(mail: Promise<void>): Promise<void> {
    const done = new AbortController()
    // With a reason, or each round would make an error that nobody sees.
    const settled = mail.finally(() => done.abort('done'))
    await Promise.race([settled, sleep(clock, PATIENCE_MS, done.signal)])
    if (!done.signal.aborted) void settled.then(changed, changed)
  }

  function changed(): void {
    if (!isBlocked) return
    isBlocked = false
    wake()
  }

  async function recover(thrown: unknown): Promise<void> {
    try {
      if (isWrongType(thrown)) await replaceForeign()
    } catch (failure) {
      link.failed(failure)
    }
    const { error } = link.failed(thrown)
    counts.read_failures += 1
    // What is wrong with a connection that is down the link says.
    if (link.state.up) log.often('read', `reading failed: ${messageOf(error)}`)
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
    failures += 1
    await sleep(clock, (longest * (1 + Math.random())) / 2, closing.signal)
  }

  /** One key that holds something else makes Redis refuse to read any of them. */
  async function replaceForeign(): Promise<void> {
    for (const source of [...sources]) {
      const type = await link.commands.type(source.key)
      if (type !== 'stream' && type !== 'none') await source.replaceForeign(type)
    }
  }

  const ended = run()
  return {
    get size() {
      return sources.size
    },
    add(source) {
      sources.add(source)
      changed()
    },
    remove(source) {
      sources.delete(source)
    },
    async close() {
      closing.abort()
      connection?.disconnect()
      // A server that does not answer holds up nobody: what comes of it then is dropped at once.
      if (!isConnecting) await ended
    },
  }
}
