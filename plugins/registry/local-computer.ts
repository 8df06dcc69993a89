import { availableParallelism, freemem, loadavg, platform, totalmem } from 'node:os'
import {
  type Clock,
  type ComputerFacts,
  isLive,
  type Mesh,
  PROTOCOL,
  type Sessions,
  type Terminals,
  type Transport,
  VERSION,
} from '../../core/index.ts'

export interface LocalComputerParts {
  readonly name: string
  readonly sessions: Sessions
  /** Undefined where no plugin runs terminals. */
  readonly terminals: Terminals | undefined
  readonly mesh: Pick<Mesh, 'hasSecret' | 'membership'>
  /** Undefined where no plugin connects computers. */
  readonly transport: Pick<Transport, 'state'> | undefined
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
export function thisComputer(parts: LocalComputerParts): LocalComputer {
  const { name, sessions, terminals, clock } = parts
  return {
    name,
    status: 'online',
    self: true,
    problem: problemOf(parts),
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

/** A computer that has joined keeps its name while the carrier is away. */
function problemOf({ mesh, transport }: LocalComputerParts): string | null {
  if (!mesh.hasSecret) return null
  if (!mesh.membership.joined) return mesh.membership.problem
  if (!transport || transport.state.up) return null
  return `${transport.state.problem}. Until it is back, who else is online is not known.`
}
