import type { Logger } from '../log.ts'
import type { MeshStore } from './mesh-store.ts'
import type { ProtocolRange } from './messages.ts'
import type { Peer } from './peer.ts'
import { type PeerRecord, peerOf, recordOf } from './peer-record.ts'

/** The records of all peers, in memory and in the database. */
export interface PeerTable {
  readonly size: number
  get(name: string): PeerRecord | undefined
  all(): readonly PeerRecord[]
  /** Puts a record in the place of the one of its name. Saved, and told of, by `commit`. */
  put(record: PeerRecord): void
  remove(names: readonly string[]): void
  /** Saves what has changed, and tells of it those who want to know. What cannot be saved is with the next commit. */
  commit(): void
  onChange(listener: (peer: Peer) => void): Disposable
}

export function createPeerTable(parts: {
  readonly store: MeshStore
  readonly protocol: ProtocolRange
  readonly log: Logger
}): PeerTable {
  const { store, protocol, log } = parts
  const records = new Map(store.peers().map(stored => [stored.name, recordOf(stored)]))
  const told = new Map(
    [...records.values()].map(record => [record.name, signature(peerOf(record, protocol))]),
  )
  const listeners = new Set<{ readonly call: (peer: Peer) => void }>()
  const unsaved = new Set<string>()
  const untold = new Set<string>()

  const pick = (names: ReadonlySet<string>) => [...names].flatMap(name => records.get(name) ?? [])

  const save = () => {
    const pinned = pick(unsaved).filter(record => record.isPinned)
    if (pinned.length > 0) store.savePeers(pinned)
    unsaved.clear()
  }

  const tell = () => {
    const changed = pick(untold).map(record => peerOf(record, protocol))
    untold.clear()
    for (const peer of changed) {
      const now = signature(peer)
      if (now !== null && told.get(peer.name) === now) continue
      told.set(peer.name, now)
      for (const { call } of [...listeners]) isolated(() => call(peer))
    }
  }

  const isolated = (call: () => void) => {
    try {
      call()
    } catch (err) {
      log.error({ err }, 'a listener to changes of other computers threw')
    }
  }

  return {
    get size() {
      return records.size
    },
    get: name => records.get(name),
    all: () => [...records.values()],
    put(record) {
      records.set(record.name, record)
      unsaved.add(record.name)
      untold.add(record.name)
    },
    remove(names) {
      const pinned = names.filter(name => records.get(name)?.isPinned)
      if (pinned.length > 0) store.removePeers(pinned)
      for (const name of names) {
        records.delete(name)
        told.delete(name)
      }
    },
    commit() {
      try {
        save()
      } finally {
        tell()
      }
    },
    onChange(call) {
      const own = { call }
      listeners.add(own)
      return { [Symbol.dispose]: () => void listeners.delete(own) }
    },
  }
}

/** Says of a peer what others want to know, so that two beats that say the same are no change; null, which is always one, if that cannot be written. */
function signature(peer: Peer): string | null {
  const { status, problem, allow, fingerprint, refusedFingerprint } = peer
  const { version, protocol, boot, facts } = peer.heartbeat ?? {}
  const said = [status, problem, allow, fingerprint, refusedFingerprint, version, protocol, boot, facts]
  try {
    return JSON.stringify(said)
  } catch {
    return null
  }
}
