import type { Adapter } from './adapter.ts'
import type { Pump } from './pump.ts'

/** The pumps that there are, by session and adapter. */
export interface PumpSet {
  get(session: string, type: string): Pump | undefined
  of(session: string): readonly Pump[]
  all(): readonly Pump[]
  readonly size: number
  add(session: string, adapter: Adapter, pump: Pump): void
  delete(session: string, type: string): void
  stopSession(session: string): void
  stopAdapter(adapter: Adapter): void
  /** Settles when what a stopped pump had called has ended; a new pump of the same adapter waits for that. */
  unfinished(session: string, adapter: Adapter): Promise<void> | undefined
}

export function createPumpSet(): PumpSet {
  const sessions = new Map<string, Map<string, { adapter: Adapter; pump: Pump }>>()
  const stopped = new WeakMap<Adapter, Map<string, Promise<void>>>()

  const remember = (session: string, adapter: Adapter, pump: Pump) => {
    const ends = stopped.get(adapter) ?? new Map<string, Promise<void>>()
    stopped.set(adapter, ends)
    const end = pump.settled().then(() => {
      if (ends.get(session) === end) ends.delete(session)
    })
    ends.set(session, end)
  }
  const remove = (session: string, type: string) => {
    const pumps = sessions.get(session)
    pumps?.delete(type)
    if (pumps?.size === 0) sessions.delete(session)
  }
  return {
    get: (session, type) => sessions.get(session)?.get(type)?.pump,
    of: session => [...(sessions.get(session)?.values() ?? [])].map(({ pump }) => pump),
    all: () => [...sessions.values()].flatMap(pumps => [...pumps.values()].map(({ pump }) => pump)),
    get size() {
      let count = 0
      for (const pumps of sessions.values()) count += pumps.size
      return count
    },
    add(session, adapter, pump) {
      const pumps = sessions.get(session) ?? new Map()
      sessions.set(session, pumps)
      pumps.set(adapter.type, { adapter, pump })
    },
    delete: remove,
    stopSession(session) {
      for (const { pump } of sessions.get(session)?.values() ?? []) pump.stop({ abort: true })
      sessions.delete(session)
    },
    stopAdapter(adapter) {
      for (const [session, pumps] of [...sessions]) {
        const pump = pumps.get(adapter.type)?.pump
        if (!pump) continue
        pump.stop({ abort: true })
        remember(session, adapter, pump)
        remove(session, adapter.type)
      }
    },
    unfinished: (session, adapter) => stopped.get(adapter)?.get(session),
  }
}
