import { withDeadline } from '../clock.ts'
import { asTeleclaudeError, TeleclaudeError } from '../errors.ts'
import { formatCursor } from '../journal/cursor.ts'
import type { Session } from '../sessions/session.ts'
import type { Adapter, AdapterClient, ChannelResult } from './adapter.ts'
import { timeoutError } from './adapter-call.ts'
import { newestEntries, streamEntries } from './journal-stream.ts'
import { PUMP_LIMITS } from './pump.ts'
import { createPumps, type PumpsOptions } from './pumps.ts'
import type { RemoteEntries } from './remote-entries.ts'

/** Longer than any message that a chat shows; with everything around it it must fit into a message between computers. */
const MAX_NOTICE_CHARS = 262_144

/** The adapter client as the daemon uses it. */
export interface RunningAdapterClient extends AdapterClient {
  /** Pumps start here; what was registered before only waited. */
  start(): void
  /** Lets calls that run end, for a moment, then aborts them. Nothing is called afterwards. */
  close(): Promise<void>
}

export interface AdapterClientOptions extends PumpsOptions {
  /** Where there are other computers. */
  readonly remote?: RemoteEntries
}

export function createAdapterClient(options: AdapterClientOptions): RunningAdapterClient {
  const { journal, sessions, clock, remote } = options
  const adapters = new Map<string, Adapter>()
  const pumps = createPumps(options)
  const ofOthers = options.limits?.callTimeoutMs ?? PUMP_LIMITS.callTimeoutMs

  const find = (id: string): Session => sessions.find(id) ?? failUnknownSession(id)
  const findElsewhere = (id: string) => {
    const session = sessions.find(id) ? undefined : remote?.find(id)
    return remote && session && { remote, session }
  }
  const createOne = async (session: Session, type: string): Promise<ChannelResult> => {
    try {
      const adapter = adapters.get(type) ?? failUnknownAdapter(type, [...adapters.keys()])
      const known = sessions.find(session.id)?.adapterMetadata[type]
      const callTimeoutMs = adapter.callTimeoutMs ?? ofOthers
      const late = () => timeoutError(type, 'createChannel', callTimeoutMs)
      const open = () => withDeadline(clock, pumps.openChannel(adapter, session), callTimeoutMs, late)
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
      pumps.add(adapter)
      return {
        [Symbol.dispose]() {
          if (adapters.get(adapter.type) !== adapter) return
          adapters.delete(adapter.type)
          pumps.remove(adapter)
        },
      }
    },
    get types() {
      return [...adapters.keys()]
    },
    createChannel: (session, types) => Promise.all(types.map(type => createOne(session, type))),
    async sendMessage(sessionId, text, { format = 'text', author = 'teleclaude' } = {}) {
      const { id } = find(sessionId)
      if (text.length > MAX_NOTICE_CHARS) throw tooLong(text.length)
      const [entry] = await journal.append(id, [{ kind: 'notice', text, format, author }])
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
    status: sessionId => pumps.status(sessionId),
    start: () => pumps.start(),
    close: () => pumps.close(),
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
