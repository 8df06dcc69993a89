import { defineService } from './host/service.ts'

/** What is known of one computer. */
export interface ComputerFacts {
  readonly name: string
  readonly status: 'online' | 'offline'
  /** The computer that was asked. */
  readonly self: boolean
  readonly version: string
  /** As Node.js names it: `linux`, `darwin` … */
  readonly platform: string
  readonly load: ComputerLoad
  readonly sessions: { readonly running: number }
  /** Milliseconds since the Unix epoch. */
  readonly last_seen: number
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
