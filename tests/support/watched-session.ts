import { onTestFinished } from 'vitest'
import { isTeleclaudeError, TeleclaudeError } from '../../core/errors.ts'
import type { ServiceKey, Services } from '../../core/host/service.ts'
import { entryFromWire, type WireEntry } from '../../core/journal/entry.ts'
import { JournalService } from '../../core/journal/journal.ts'
import type { RetentionLimits } from '../../core/journal/retention.ts'
import type { JournalStore } from '../../core/journal/sqlite-journal.ts'
import type { RequestBody } from '../../core/mesh/messages.ts'
import { createOutlets, type Outlets } from '../../core/mesh/outlets.ts'
import { createRemoteWatches, type RemoteWatches } from '../../core/mesh/remote-watch.ts'
import { serveWatch } from '../../core/mesh/serve-watch.ts'
import type { WatchEnd } from '../../core/operations/follow.ts'
import type { InvokeOptions, OperationCall } from '../../core/operations/operation.ts'
import { sessionWatch, type WatchItem } from '../../core/operations/session-watch.ts'
import type { Session } from '../../core/sessions/session.ts'
import { SessionsService } from '../../core/sessions/sessions.ts'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { capturedLog } from './captured-log.ts'
import { MemoryCarrier, type MemoryLink } from './memory-carrier.ts'
import { openJournal, output, SESSION } from './open-journal.ts'
import { sampleSession } from './sample-session.ts'

/** A computer with one session, whose journal is real and which others may watch. */
export interface Owner {
  journal: JournalStore
  outlets: Outlets
  session: Session
  readonly link: MemoryLink
  /** Thrown at whoever asks. */
  refusal: Error | null
  /** `session.watch` as it is done there. */
  watch(input: object, options?: InvokeOptions): Promise<WatchEnd>
  print(...texts: string[]): Promise<void>
  /** Prints numbered lines, one entry each, the next ones each time. */
  count(lines: number): Promise<void>
  readonly counted: number
  end(): Promise<void>
  /** Another run of its daemon, on the same database or on a new one. */
  restart(on?: 'the same database' | 'a new database'): Promise<void>
}

export interface OwnerOptions {
  readonly clock: FakeClock
  readonly retention?: Partial<RetentionLimits>
}

export function createOwner(carrier: MemoryCarrier, { clock, retention = {} }: OwnerOptions): Owner {
  const { log } = capturedLog()
  const link = carrier.connect('beta', { clock })
  const start = (file?: string) => {
    const opened = openJournal({ clock, log, retention, ...(file && { file }) })
    opened.journal.open(SESSION)
    const { journal } = opened
    return { opened, journal, outlets: createOutlets({ journal, transport: link.transport, clock, log }) }
  }
  let run = start()
  let counted = 0
  const owner: Owner = {
    ...run,
    link,
    session: sampleSession({ computer: 'beta' }),
    refusal: null,
    async watch(input, options = {}) {
      const call: OperationCall<WatchItem> = {
        ...{ clock, services: servicesOf(owner), surface: 'test', requestId: 'r', wantsItems: true },
        principal: { kind: 'user', name: 'ada', scopes: '*' },
        signal: options.signal ?? new AbortController().signal,
        emit: async (item: unknown) => options.onItem?.(item),
        invoke: () => Promise.reject(new Error('not composed')),
      }
      return (await sessionWatch.run(sessionWatch.input.parse(input), call)) as WatchEnd
    },
    async print(...texts) {
      await owner.journal.append(SESSION, texts.map(output))
    },
    async count(lines) {
      const numbers = Array.from({ length: lines }, (_, index) => counted + index + 1)
      counted += lines
      await owner.print(...numbers.map(number => `line ${number}\n`))
    },
    get counted() {
      return counted
    },
    async end() {
      owner.session = { ...owner.session, state: 'closed' }
      await owner.journal.append(SESSION, [{ kind: 'state', state: 'closed', exitCode: 0 }])
    },
    async restart(on = 'the same database') {
      // As if it was killed: nothing that it wrote is taken back.
      run.opened.close()
      run = start(on === 'the same database' ? run.opened.file : undefined)
      Object.assign(owner, { journal: run.journal, outlets: run.outlets })
    },
  }
  onTestFinished(() => owner.outlets.close())
  return owner
}

function servicesOf({ journal, session }: Owner): Services {
  const get = <T>({ name }: ServiceKey<T>): T => {
    const found = name === JournalService.name ? journal : { get: () => session, find: () => session }
    if (name !== JournalService.name && name !== SessionsService.name) throw new Error(`no ${name}`)
    return found as T // each key is answered with a service of its type, as far as a watch uses it
  }
  return { get, find: get }
}

/** A computer that watches. */
export interface Origin {
  readonly watches: RemoteWatches
  readonly link: MemoryLink
  /** What was asked of owners, in order. */
  readonly asked: RequestBody[]
  /** What owners were told, unless nothing arrives. */
  readonly told: string[]
  isMute: boolean
  /** Stands in for the owner's answers. */
  answer: ((body: RequestBody) => unknown) | null
  watch(input?: object, onItem?: (item: WatchItem) => Promise<void> | void): Watched
}

/** A watch that is under way. */
export interface Watched {
  readonly items: WatchItem[]
  readonly entries: WireEntry[]
  /** The printed text, all of it. */
  readonly text: string
  readonly end: Promise<WatchEnd>
  stop(): void
}

/** Two computers and a carrier between them, in one time. */
export function watchedComputers(options: Omit<OwnerOptions, 'clock'> = {}) {
  const clock = new FakeClock()
  const carrier = new MemoryCarrier()
  const owner = createOwner(carrier, { clock, ...options })
  return { clock, carrier, owner, origin: createOrigin(carrier, owner, clock) }
}

export const CALLER = { surface: 'cli', caller: 'ada' }

export function createOrigin(carrier: MemoryCarrier, owner: Owner, clock: FakeClock, name = 'alpha'): Origin {
  const link = carrier.connect(name, { clock })
  const { log } = capturedLog()
  const ask = async (body: RequestBody, signal: AbortSignal): Promise<unknown> => {
    if (!link.transport.state.up) throw new TeleclaudeError('TC_ERR_TRANSPORT', 'the carrier is down')
    if (origin.answer) return origin.answer(body)
    if (!owner.link.transport.state.up) throw new TeleclaudeError('TC_ERR_COMPUTER_OFFLINE', 'beta is away')
    if (owner.refusal) throw owner.refusal
    const parts = {
      serve: (input: unknown, options: InvokeOptions) => owner.watch(input as object, options),
      outlets: owner.outlets,
      maxMessageBytes: link.transport.maxMessageBytes,
    }
    return JSON.parse(JSON.stringify(await serveWatch(parts, name, body, signal)))
  }
  const watches = createRemoteWatches({
    ...{ transport: link.transport, clock, log },
    async request(_computer, body, { signal = new AbortController().signal }) {
      origin.asked.push(body)
      await Promise.resolve()
      const result = await ask(body, signal)
      if (signal.aborted) throw new TeleclaudeError('TC_ERR_CANCELLED', 'cancelled')
      return result
    },
    notify(_computer, kind, { sessions }) {
      if (origin.isMute) return
      origin.told.push(`${kind} ${sessions.join()}`)
      owner.outlets[kind](name, sessions)
    },
  })
  const origin: Origin = {
    ...{ watches, link, asked: [], told: [], isMute: false, answer: null },
    watch: (input = {}, onItem) => watching(watches, input, onItem),
  }
  onTestFinished(() => watches.close())
  return origin
}

function watching(
  watches: RemoteWatches,
  input: object,
  onItem?: (item: WatchItem) => Promise<void> | void,
): Watched {
  const stop = new AbortController()
  const items: WatchItem[] = []
  const end = watches.watch('beta', { session_id: SESSION, ...input }, CALLER, {
    signal: stop.signal,
    onItem: item => {
      items.push(item as WatchItem)
      return onItem?.(item as WatchItem)
    },
  })
  // Looked at by the tests that are about it; the end of a test ends the watch too.
  end.catch(error => isTeleclaudeError(error))
  return {
    items,
    get entries() {
      return items.flatMap(({ entries }) => entries)
    },
    get text() {
      return textOf(this.entries)
    },
    end,
    stop: () => stop.abort('enough'),
  }
}

export function textOf(entries: readonly WireEntry[]): string {
  const printed = entries.map(entryFromWire).flatMap(entry => (entry.kind === 'output' ? [entry.data] : []))
  return Buffer.concat(printed).toString()
}

/** The numbered lines that {@link Owner.count} prints. */
export function linesUpTo(last: number, first = 1): string {
  return Array.from({ length: last - first + 1 }, (_, index) => `line ${first + index}\n`).join('')
}

/** Moves time on until the condition is true. */
export async function inTime(clock: FakeClock, isTrue: () => boolean, what: string): Promise<void> {
  for (let steps = 0; !isTrue(); steps++) {
    if (steps === 400) throw new Error(`${what} did not come true within 100 s`)
    await clock.advance(250)
  }
}
