import type { Redis } from 'ioredis'
import { type Clock, messageOf, sleep, type Timer } from '../../core/index.ts'
import type { RedisLink } from './connection.ts'
import { isWrongType } from './faults.ts'
import { createBatchSize } from './reader-batch.ts'
import { type Line, openLine } from './reader-line.ts'
import { entriesOf, type StreamEntry } from './reader-replies.ts'
import type { TransportCounts } from './transport-counts.ts'
import type { TransportLog } from './transport-log.ts'

/** A stream that is read. */
export interface Source {
  readonly key: string
  /** Is handled first in each round, and is waited for, a little. */
  readonly isMail: boolean
  /** Somebody watches what comes. */
  readonly isWatched?: boolean
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
  /** Ends the read that the lane is blocked in. Tells whether it could, and is to have ended by then. Never rejects. */
  wake(): Promise<boolean>
}

/** One blocking connection, with the streams that are read over it. */
export interface Lane {
  add(source: Source): void
  remove(source: Source): void
  readonly size: number
  /** Somebody waits for what is to come, for a while at least. */
  attend(): void
  /** Nothing is read any more. */
  close(): Promise<void>
}

/** Bounds what a lost wake costs, and how long a connection that nobody waits for may be dead unnoticed. */
export const BLOCK_MS = 5000
/** The same where somebody waits: with the patience that an answer needs, they wait for less than a second. */
const ATTENTIVE_BLOCK_MS = 250
/** Other computers answer in a fraction of this. */
const ATTENTION_MS = 5000
/** How long mail may take before the other streams are read on without it. */
const PATIENCE_MS = 50
/** A failure is followed by a pause, or a server that refuses everything would be asked without end. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [50, 500]

export function createLane({ link, clock, log, counts, wake }: LaneParts): Lane {
  const sources = new Set<Source>()
  const closing = new AbortController()
  const batch = createBatchSize()
  let line: Line | null = null
  let isConnecting = false
  let attentiveUntil = 0
  let nudge: Timer | undefined
  let isBlocked: 'shortly' | 'for long' | false = false
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
    const connect = () => link.connect(link.nodeOf(first.key), 'reader', BLOCK_MS)
    const opened = await openLine({ link, clock, connect, onReplaced: reconnected }).finally(() => {
      isConnecting = false
    })
    try {
      line = opened
      if (connections++ > 0) reconnected()
      while (!closing.signal.aborted) await round(opened)
    } finally {
      line = null
      opened.close()
    }
  }

  function reconnected(): void {
    counts.reconnects += 1
    for (const source of sources) source.reconnected()
  }

  async function round(opened: Line): Promise<void> {
    // Whoever was told something in this round may ask for a stream before the next read begins: that saves a wake.
    await new Promise(setImmediate)
    if (!(await opened.ask(0, prepare))) return
    const reading = [...sources].flatMap(source =>
      source.after === null ? [] : [{ source, after: source.after }],
    )
    if (reading.length === 0) return await sleep(clock, PATIENCE_MS, closing.signal)
    const keys = reading.map(({ source }) => source.key)
    const ids = reading.map(({ after }) => after)
    const read = await blocked(blockMs =>
      opened.ask(blockMs, connection =>
        connection.xreadBuffer('COUNT', batch.count, 'BLOCK', blockMs, 'STREAMS', ...keys, ...ids),
      ),
    )
    failures = 0
    if (!read?.answer) return
    // Not to those that came meanwhile: they want to read from another place.
    await handOut(
      entriesOf(read.answer),
      reading.map(({ source }) => source).filter(source => sources.has(source)),
    )
  }

  async function prepare(connection: Redis): Promise<void> {
    for (const source of sources) await source.prepare?.(connection)
  }

  async function blocked<T>(reading: (blockMs: number) => Promise<T>): Promise<T> {
    const isAttentive = clock.monotonic() < attentiveUntil || [...sources].some(source => source.isWatched)
    isBlocked = isAttentive ? 'shortly' : 'for long'
    try {
      return await reading(isAttentive ? ATTENTIVE_BLOCK_MS : BLOCK_MS)
    } finally {
      isBlocked = false
      nudge?.cancel()
      nudge = undefined
    }
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
    const watch = line?.watch
    void wake().then(hasWoken => hasWoken && watch?.due(0))
  }

  function attend(): void {
    attentiveUntil = clock.monotonic() + ATTENTION_MS
    if (isBlocked === 'for long') nudge ??= clock.setTimeout(changed, ATTENTIVE_BLOCK_MS, { ref: false })
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
    attend,
    remove(source) {
      sources.delete(source)
    },
    async close() {
      closing.abort()
      line?.close()
      // A server that does not answer holds up nobody: what comes of it then is dropped at once.
      if (!isConnecting) await ended
    },
  }
}
