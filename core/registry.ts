import { defineService } from './host/service.ts'
import type { ProtocolRange } from './mesh/messages.ts'
import type { PeerStatus } from './mesh/peer.ts'

/** What is known of one computer. Null is what it has not told, or cannot tell any more. */
export interface ComputerFacts {
  readonly name: string
  readonly status: PeerStatus
  /** The computer that was asked. */
  readonly self: boolean
  /** What is wrong with it and what to do about it. */
  readonly problem: string | null
  /** Of its program. */
  readonly version: string | null
  /** The versions of the protocol between computers that it speaks. */
  readonly protocol: ProtocolRange | null
  /** As Node.js names it: `linux`, `darwin` … */
  readonly platform: string | null
  readonly capabilities: ComputerCapabilities | null
  /** Null while it is not online, as is `sessions`. */
  readonly load: ComputerLoad | null
  readonly sessions: { readonly running: number } | null
  /** How far its clock is ahead of that of the computer that was asked, in milliseconds; null while it was not measured. */
  readonly clock_skew_ms: number | null
  /** Milliseconds since the Unix epoch. */
  readonly last_seen: number
}

/** What can be started on a computer. */
export interface ComputerCapabilities {
  /** Kinds of session. */
  readonly kinds: readonly string[]
  /** Shells that tell when a command has ended. */
  readonly shells: readonly string[]
  readonly agents: readonly string[]
}

export interface ComputerLoad {
  /** Runnable processes, averaged over a minute. */
  readonly cpu_1m: number
  readonly cores: number
  /** Bytes. */
  readonly memory_total: number
  /** Bytes that programs can still have. */
  readonly memory_free: number
}

/** Which computers there are. Provided by the registry plugin. */
export interface Registry {
  /** This computer first, then the others by name. */
  computers(): readonly ComputerFacts[]
}

/** The service key of {@link Registry}. */
export const RegistryService = defineService<Registry>('registry')
