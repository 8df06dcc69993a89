import type { HeartbeatFacts } from './heartbeat.ts'
import type { Allowance } from './peer.ts'

/** What this computer is in the mesh, beside its key. */
export interface MeshSelf {
  /** Random, kept with the database; another one when that is made anew, restored or copied. */
  readonly instance: string
  /** The runs of the daemon on this database before this one, the newest first. */
  readonly earlierBoots: readonly string[]
}

/** What is kept of a peer. */
export interface StoredPeer {
  readonly name: string
  readonly publicKey: Uint8Array
  readonly allow: Allowance
  readonly isRevoked: boolean
  readonly refusedKey: Uint8Array | null
  readonly firstSeen: number
  readonly lastSeen: number
  readonly heartbeat: HeartbeatFacts | null
}

/** A mesh secret that was replaced, and how long it is still taken. */
export interface PreviousSecret {
  readonly value: string
  /** Milliseconds since the Unix epoch. */
  readonly until: number
}

/** What the mesh keeps in the database. Everything that writes throws TC_ERR_STORE or TC_ERR_DISK_FULL. */
export interface MeshStore {
  /** Begins a run of the daemon. */
  begin(boot: string): MeshSelf
  /** The runs of the daemon on this database, the newest first: it remembers what they have done. */
  runs(): readonly string[]
  peers(): readonly StoredPeer[]
  savePeers(peers: readonly StoredPeer[]): void
  removePeers(names: readonly string[]): void
  previousSecrets(): readonly PreviousSecret[]
  savePreviousSecrets(secrets: readonly PreviousSecret[]): void
}
