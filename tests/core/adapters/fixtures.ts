import { onTestFinished } from 'vitest'
import type { Adapter, OutputBatch } from '../../../core/adapters/adapter.ts'
import { type AdapterClientOptions, createAdapterClient } from '../../../core/adapters/adapter-client.ts'
import type { JournalOptions } from '../../../core/journal/sqlite-journal.ts'
import type { Session, SessionChange } from '../../../core/sessions/session.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { openJournal } from '../../support/open-journal.ts'
import { sampleSession } from '../../support/sample-session.ts'

type Change = SessionChange | 'created' | 'removed'

/** The part of core's sessions that pumps use, without terminals. */
export function createSessionTable(...initial: Session[]) {
  const table = new Map<string, Session>(initial.map(session => [session.id, session]))
  const listeners = new Set<(session: Session, change: Change) => void>()
  const tell = (session: Session, change: Change) => {
    for (const listener of [...listeners]) listener(session, change)
  }
  const put = (session: Session, change: Change) => {
    table.set(session.id, session)
    tell(session, change)
    return session
  }
  const get = (id: string) => table.get(id) ?? sampleSession()
  return {
    find: (id: string) => table.get(id),
    list: () => [...table.values()],
    setMetadata(id: string, type: string, metadata: Readonly<Record<string, unknown>> | null) {
      const session = get(id)
      const { [type]: _, ...others } = session.adapterMetadata
      const adapterMetadata = metadata ? { ...others, [type]: metadata } : others
      table.set(id, { ...session, adapterMetadata })
    },
    onChange(listener: (session: Session, change: Change) => void): Disposable {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    create: (session: Session) => put(session, 'created'),
    change: (id: string, change: SessionChange) => put({ ...get(id), ...change }, change),
    remove(id: string) {
      const session = get(id)
      table.delete(id)
      tell(session, 'removed')
    },
    get listeners() {
      return listeners.size
    },
  }
}

export type SessionTable = ReturnType<typeof createSessionTable>

export interface ClientOptions
  extends Partial<
    Pick<AdapterClientOptions, 'limits' | 'mirrorLimits' | 'remote' | 'log'> &
      Pick<JournalOptions, 'retention'>
  > {
  readonly sessions?: readonly Session[]
  readonly file?: string
}

/** A started client on a real journal. `restart` closes it and opens another one on the same file and sessions. */
export function openClient(options: ClientOptions = {}) {
  const clock = new FakeClock()
  const sessions = createSessionTable(...(options.sessions ?? []))
  const open = (file?: string) => {
    const { retention } = options
    const opened = openJournal({ clock, ...(file && { file }), ...(retention && { retention }) })
    for (const { id } of sessions.list()) opened.journal.open(id)
    const client = createAdapterClient({ ...opened, ...options, sessions, toText: textOf })
    client.start()
    const end = async () => {
      await client.close()
      opened.close()
    }
    onTestFinished(() => opened.close())
    return { ...opened, client, sessions, clock, close: end }
  }
  const first = open()
  return {
    ...first,
    async restart() {
      await first.close()
      return open(first.file)
    },
  }
}

function textOf(entries: readonly { kind: string; data?: Uint8Array; text?: string }[]): string {
  return entries.map(entry => (entry.data ? Buffer.from(entry.data).toString() : (entry.text ?? ''))).join('')
}

type Behaviour = Partial<Pick<Adapter, 'createChannel' | 'sendMessage' | 'updateChannel' | 'closeChannel'>>

/** An adapter that records its calls, then behaves as told. */
export function recordingAdapter(type: string, behave: Behaviour = {}) {
  const batches: OutputBatch[] = []
  const calls: string[] = []
  let running = 0
  let mostAtOnce = 0
  const counted = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    calls.push(what)
    running += 1
    mostAtOnce = Math.max(mostAtOnce, running)
    try {
      return await call()
    } finally {
      running -= 1
    }
  }
  const adapter: Adapter = {
    type,
    supports: { stream: false, edit: false, files: false, threads: true },
    createChannel: session =>
      counted('create', async () => (await behave.createChannel?.(session)) ?? { channel: session.id }),
    sendMessage: (session, batch, signal) =>
      counted(`send ${batch.fromSeq}-${batch.toSeq}`, async () => {
        await behave.sendMessage?.(session, batch, signal)
        batches.push(batch)
      }),
    updateChannel: (session, change) =>
      counted(`update ${JSON.stringify(change)}`, async () => behave.updateChannel?.(session, change)),
    closeChannel: session => counted('close', async () => behave.closeChannel?.(session)),
  }
  return {
    adapter,
    calls,
    batches,
    /** Of all batches that arrived, in order. */
    get seqs() {
      return batches.flatMap(batch => batch.entries.map(({ seq }) => seq))
    },
    get text() {
      return batches.map(({ text }) => text).join('')
    },
    get mostAtOnce() {
      return mostAtOnce
    },
  }
}

/** A promise to be settled from outside. */
export function gate<T = void>() {
  return Promise.withResolvers<T>()
}
