import type { Logger } from 'pino'
import { type Clock, withDeadline } from '../clock.ts'
import { asTeleclaudeError, TeleclaudeError } from '../errors.ts'
import { formatCursor } from '../journal/cursor.ts'
import type { Entry } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import { MAX_NOTICE_CHARS } from '../operations/session-notify.ts'
import type { Session } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../store/store.ts'
import type { Adapter, AdapterClient, ChannelResult } from './adapter.ts'
import { timeoutError } from './adapter-call.ts'
import { createChannelStore } from './channel-store.ts'
import { ownSessions } from './journal-source.ts'
import { newestEntries, streamEntries } from './journal-stream.ts'
import { type MirrorLimits, mirroredSessions, type SessionsElsewhere } from './mirrored-sessions.ts'
import { PUMP_LIMITS, type PumpLimits } from './pump.ts'
import { createPumps, type Pumps } from './pumps.ts'
import type { RemoteEntries } from './remote-entries.ts'
import { createTurns } from './turns.ts'

/** The adapter client as the daemon uses it. */
export interface RunningAdapterClient extends AdapterClient {
  /** Pumps start here; what was registered before only waited. */
  start(): void
  /**
   * The sessions elsewhere are known now: those that an adapter here is to mirror are from here on. Disposing ends the
   * watches of them, which are not to see the carrier close.
   */
  mirror(elsewhere: SessionsElsewhere): Disposable
  /** Lets calls that run end, for a moment, then aborts them. Nothing is called afterwards. */
  close(): Promise<void>
}

export interface AdapterClientOptions {
  readonly journal: Journal
  readonly sessions: Pick<Sessions, 'find' | 'list' | 'setMetadata' | 'onChange'>
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly limits?: Partial<PumpLimits>
  readonly mirrorLimits?: Partial<MirrorLimits>
  /** The output and notices of entries as clean text. */
  toText(entries: readonly Entry[]): string
  /** Where there are other computers. */
  readonly remote?: RemoteEntries
}

export function createAdapterClient(options: AdapterClientOptions): RunningAdapterClient {
  const { journal, sessions, clock, remote } = options
  const adapters = new Map<string, Adapter>()
  const parts = { ...options, channels: createChannelStore(options), turns: createTurns() }
  const own = createPumps({ ...parts, pumped: ownSessions(parts) })
  let mirrors: Pumps | null = null
  const ofOthers = options.limits?.callTimeoutMs ?? PUMP_LIMITS.callTimeoutMs

  const find = (id: string): Session => sessions.find(id) ?? failUnknownSession(id)
  const findElsewhere = (id: string) => {
    const session = sessions.find(id) ? undefined : remote?.find(id)
    return remote && session && { remote, session }
  }
  const allPumps = () => (mirrors ? [own, mirrors] : [own])
  const pumpsOf = (id: string) => (sessions.find(id) ? own : (mirrors ?? own))
  const createOne = async (session: Session, type: string): Promise<ChannelResult> => {
    try {
      const adapter = adapters.get(type) ?? failUnknownAdapter(type, [...adapters.keys()])
      const known = (sessions.find(session.id) ?? remote?.find(session.id))?.adapterMetadata[type]
      const callTimeoutMs = adapter.callTimeoutMs ?? ofOthers
      const late = () => timeoutError(type, 'createChannel', callTimeoutMs)
      const open = () =>
        withDeadline(clock, pumpsOf(session.id).openChannel(adapter, session), callTimeoutMs, late)
      return { type, ok: true, metadata: known ?? (await open()) }
    } catch (error) {
      return { type, ok: false, error: asTeleclaudeError(error, 'TC_ERR_ADAPTER') }
    }
  }
  return {
    register(adapter) {
      if (adapters.has(adapter.type)) {
        throw new TeleclaudeError(
          'TC_ERR_ADAPTER_EXISTS',
          `An adapter of type '${adapter.type}' is already registered. Enable only one plugin that brings it.`,
        )
      }
      adapters.set(adapter.type, adapter)
      for (const pumps of allPumps()) pumps.add(adapter)
      return {
        [Symbol.dispose]() {
          if (adapters.get(adapter.type) !== adapter) return
          adapters.delete(adapter.type)
          for (const pumps of allPumps()) pumps.remove(adapter)
        },
      }
    },
    get types() {
      return [...adapters.keys()]
    },
    createChannel: (session, types) => Promise.all(types.map(type => createOne(session, type))),
    async sendMessage(sessionId, text, { format = 'text', author = 'teleclaude' } = {}) {
      if (text.length > MAX_NOTICE_CHARS) throw tooLong(text.length)
      const notice = { kind: 'notice', text, format, author } as const
      const elsewhere = findElsewhere(sessionId)
      if (elsewhere) return await elsewhere.remote.notify(elsewhere.session, notice)
      const { id } = find(sessionId)
      const [entry] = await journal.append(id, [notice])
      return formatCursor(journal.epoch, entry?.seq ?? journal.head(id))
    },
    streamMessages(sessionId, since, signal) {
      const elsewhere = findElsewhere(sessionId)
      if (elsewhere) return elsewhere.remote.watch(elsewhere.session, since, signal)
      return streamEntries({ journal, sessions, session: find(sessionId).id, since, signal })
    },
    async getMessages(sessionId, limit) {
      const elsewhere = findElsewhere(sessionId)
      if (elsewhere) return await elsewhere.remote.newest(elsewhere.session, limit)
      return newestEntries(journal, find(sessionId).id, limit)
    },
    status: sessionId =>
      sessionId === undefined
        ? allPumps().flatMap(pumps => pumps.status())
        : pumpsOf(sessionId).status(sessionId),
    start: () => own.start(),
    mirror(elsewhere) {
      if (!remote) throw new RangeError('a session elsewhere can be mirrored only where it can be watched')
      const pumped = mirroredSessions({ ...parts, elsewhere, remote, limits: options.mirrorLimits })
      mirrors = createPumps({ ...parts, pumped })
      for (const adapter of adapters.values()) mirrors.add(adapter)
      mirrors.start()
      return pumped
    },
    async close() {
      await Promise.all(allPumps().map(pumps => pumps.close()))
      parts.channels.close()
    },
  }
}

function tooLong(length: number): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_MESSAGE_TOO_LARGE',
    `A notice may have ${MAX_NOTICE_CHARS} characters, and this has ${length}. Send it in parts, or as a file.`,
  )
}

function failUnknownSession(id: string): never {
  throw new TeleclaudeError(
    'TC_ERR_SESSION_NOT_FOUND',
    `There is no session '${id.slice(0, 40)}'. List the sessions that there are.`,
  )
}

function failUnknownAdapter(type: string, known: readonly string[]): never {
  throw new TeleclaudeError(
    'TC_ERR_ADAPTER_UNKNOWN',
    `No adapter of type '${type}' is registered (${known.length > 0 ? known.join(', ') : 'there is none'}). Enable the plugin that brings it.`,
  )
}
