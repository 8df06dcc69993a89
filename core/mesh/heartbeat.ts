import { z } from 'zod'
import type { MeshSecret } from './mesh-secret.ts'

/** What a computer says of itself at every beat. */
export const heartbeatSchema = z.object({
  name: z.string(),
  version: z.string().max(64),
  /** The versions of the protocol that it speaks, both inclusive. */
  protocol: z.object({ min: z.int(), max: z.int() }),
  /** Raw X25519 public key, base64. */
  public_key: z.string().max(64),
  /** Random, kept in the state folder: another one after a reinstallation. */
  instance: z.string().max(64),
  /** Random: another one at every start of the daemon. */
  boot: z.string().max(64),
  /** The start of the daemon before this one; a computer takes over what its own predecessor announced. */
  previous_boot: z.string().max(64).nullable(),
  /** Names the run of the operating system. */
  machine_boot: z.string().max(128),
  /** By the sender's clock. */
  at: z.number(),
  /** What plugins added: load, digests, capabilities … Each is checked by whoever uses it. */
  facts: z.record(z.string().max(64), z.unknown()),
})

export type HeartbeatFacts = z.output<typeof heartbeatSchema>

/** Seals a heartbeat under every secret given, so that computers that know any of them can read it. */
export declare function sealHeartbeat(heartbeat: HeartbeatFacts, secrets: readonly MeshSecret[]): Uint8Array

/** What a sealed heartbeat says, and under which of the secrets it could be opened (the first that fits); null if under none, or if it is none of `name`. */
export declare function openHeartbeat(
  bytes: Uint8Array,
  name: string,
  secrets: readonly MeshSecret[],
): { readonly heartbeat: HeartbeatFacts; readonly secret: MeshSecret } | null
