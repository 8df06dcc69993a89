import { availableParallelism, freemem, loadavg, platform, totalmem } from 'node:os'
import {
  type Clock,
  type ComputerFacts,
  isLive,
  type Mesh,
  PROTOCOL,
  type Sessions,
  type Terminals,
  VERSION,
} from '../../core/index.ts'

export interface LocalComputerParts {
  readonly name: string
  readonly sessions: Sessions
  /** Undefined where no plugin runs terminals. */
  readonly terminals: Terminals | undefined
  readonly mesh: Pick<Mesh, 'hasSecret' | 'membership'>
  readonly clock: Clock
}

/** What this computer knows of itself without looking anything up. */
export interface LocalComputer extends ComputerFacts {
  readonly platform: string
  readonly load: NonNullable<ComputerFacts['load']>
  readonly sessions: NonNullable<ComputerFacts['sessions']>
  readonly capabilities: NonNullable<ComputerFacts['capabilities']>
}

/** This computer as it is now. */
export function thisComputer({ name, sessions, terminals, mesh, clock }: LocalComputerParts): LocalComputer {
  return {
    name,
    status: 'online',
    self: true,
    problem: mesh.hasSecret && !mesh.membership.joined ? mesh.membership.problem : null,
    version: VERSION,
    protocol: PROTOCOL,
    platform: platform(),
    capabilities: { kinds: terminals ? ['shell'] : [], shells: terminals?.shells ?? [], agents: [] },
    load: {
      cpu_1m: loadavg()[0] ?? 0,
      cores: availableParallelism(),
      memory_total: totalmem(),
      memory_free: freemem(),
    },
    sessions: { running: sessions.list().filter(session => isLive(session.state)).length },
    clock_skew_ms: 0,
    last_seen: clock.now(),
  }
}
