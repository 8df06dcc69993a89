import { availableParallelism, freemem, loadavg, platform, totalmem } from 'node:os'
import { type ComputerFacts, isLive, type Sessions, VERSION } from '../../core/index.ts'

/** This computer as it is now. */
export function thisComputer(name: string, sessions: Sessions, now: number): ComputerFacts {
  const running = sessions.list().filter(session => session.computer === name && isLive(session.state))
  return {
    name,
    status: 'online',
    self: true,
    version: VERSION,
    platform: platform(),
    load: {
      cpu_1m: loadavg()[0] ?? 0,
      cores: availableParallelism(),
      memory_total: totalmem(),
      memory_free: freemem(),
    },
    sessions: { running: running.length },
    last_seen: now,
  }
}
