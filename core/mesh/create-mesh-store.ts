import { z } from 'zod'
import { randomId } from '../ids.ts'
import type { Store } from '../store/store.ts'
import { type HeartbeatFacts, heartbeatSchema } from './heartbeat.ts'
import { MESH_MIGRATIONS } from './mesh-migrations.ts'
import type { MeshStore, PreviousSecret, StoredPeer } from './mesh-store.ts'
import { parseJson } from './parse-json.ts'

/** More runs than can follow each other before an announcement expires. */
const MAX_BOOTS = 16

export function createMeshStore(store: Store): MeshStore {
  store.migrate('mesh', MESH_MIGRATIONS)
  const { db } = store
  const self = db.prepare<[], SelfRow>('SELECT * FROM mesh_self')
  const saveSelf = db.prepare('INSERT OR REPLACE INTO mesh_self VALUES (1, ?, ?, ?)')
  const peers = db.prepare<[], PeerRow>('SELECT * FROM mesh_peers')
  const savePeer = db.prepare('INSERT OR REPLACE INTO mesh_peers VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const removePeer = db.prepare('DELETE FROM mesh_peers WHERE name = ?')
  const secrets = db.prepare<[], PreviousSecret>('SELECT * FROM mesh_secrets ORDER BY until DESC')
  const removeSecrets = db.prepare('DELETE FROM mesh_secrets')
  const saveSecret = db.prepare('INSERT INTO mesh_secrets VALUES (?, ?)')
  return {
    begin: boot =>
      store.transaction(() => {
        const row = self.get()
        // A copied database must not make its computer the one that it was copied from.
        const isSame = row?.epoch === store.epoch
        const instance = isSame ? row.instance : randomId(16)
        const earlierBoots = isSame ? readBoots(row.boots).filter(one => one !== boot) : []
        saveSelf.run(instance, store.epoch, JSON.stringify([boot, ...earlierBoots].slice(0, MAX_BOOTS)))
        return { instance, earlierBoots }
      }),
    runs() {
      const row = self.get()
      return row?.epoch === store.epoch ? readBoots(row.boots) : []
    },
    peers: () => peers.all().map(readPeer),
    savePeers: all =>
      store.transaction(() => {
        for (const peer of all) savePeer.run(...valuesOf(peer))
      }),
    removePeers: names =>
      store.transaction(() => {
        for (const name of names) removePeer.run(name)
      }),
    previousSecrets: () => secrets.all(),
    savePreviousSecrets: all =>
      store.transaction(() => {
        removeSecrets.run()
        for (const { value, until } of all) saveSecret.run(value, until)
      }),
  }
}

interface SelfRow {
  instance: string
  epoch: string
  boots: string
}

interface PeerRow {
  name: string
  public_key: Uint8Array
  allow: string
  is_revoked: 0 | 1
  refused_key: Uint8Array | null
  first_seen: number
  last_seen: number
  heartbeat: string | null
}

const bootsSchema = z.array(z.string())
const allowSchema = z.union([z.literal('*'), z.array(z.string())])

function readBoots(text: string): readonly string[] {
  return bootsSchema.safeParse(parseJson(text)).data ?? []
}

function readPeer(row: PeerRow): StoredPeer {
  return {
    name: row.name,
    publicKey: row.public_key,
    // What cannot be read any more allows nothing.
    allow: allowSchema.safeParse(parseJson(row.allow)).data ?? [],
    isRevoked: row.is_revoked === 1,
    refusedKey: row.refused_key,
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
    heartbeat: (row.heartbeat !== null && heartbeatSchema.safeParse(parseJson(row.heartbeat)).data) || null,
  }
}

function valuesOf(peer: StoredPeer): readonly unknown[] {
  return [
    peer.name,
    peer.publicKey,
    JSON.stringify(peer.allow),
    peer.isRevoked ? 1 : 0,
    peer.refusedKey,
    peer.firstSeen,
    peer.lastSeen,
    peer.heartbeat && written(peer.heartbeat),
  ]
}

/** What a peer says of itself must not keep from being saved what a person decided about it, or about others. */
function written(heartbeat: HeartbeatFacts): string | null {
  try {
    return JSON.stringify(heartbeat)
  } catch {
    return null
  }
}
