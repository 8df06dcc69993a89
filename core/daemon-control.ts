import type { AdapterClient } from './adapters/adapter.ts'
import type { Clock } from './clock.ts'
import type { LoadedConfig } from './config/load-config.ts'
import type { DaemonControl, DaemonStatus } from './daemon-service.ts'
import type { HookPoints } from './host/hook-points.ts'
import type { PluginStatus } from './host/plugin-run.ts'
import type { Services } from './host/service.ts'
import type { JournalStore } from './journal/sqlite-journal.ts'
import type { DaemonMesh } from './mesh/create-mesh.ts'
import type { OperationBus } from './operations/bus.ts'
import { isLive } from './sessions/session.ts'
import type { Sessions } from './sessions/sessions.ts'
import { TerminalsService } from './sessions/terminal.ts'
import type { StateDir } from './state-dir.ts'
import { VERSION } from './version.ts'

interface ControlParts {
  readonly loaded: LoadedConfig
  readonly stateDir: StateDir
  readonly clock: Clock
  readonly journal: JournalStore
  readonly client: AdapterClient
  readonly hookPoints: HookPoints
  readonly bus: OperationBus
  readonly services: Services
  readonly sessions: Sessions
  readonly mesh: Pick<DaemonMesh, 'status'>
  plugins(): readonly PluginStatus[]
  close(): Promise<unknown>
}

/** A control that is told when the daemon is ready. */
export type ReadyControl = DaemonControl & { ready(): void }

/** Time for the answer to leave before the socket closes. */
const ANSWER_MS = 50

/** What operations can ask of their daemon. */
export function createDaemonControl(parts: ControlParts): ReadyControl {
  const { clock, sessions, bus } = parts
  const startedAt = clock.monotonic()
  let isReady = false
  const live = () => sessions.list().filter(session => isLive(session.state))
  return {
    ready() {
      isReady = true
    },
    status: () => ({
      ready: isReady,
      uptime_ms: Math.round(clock.monotonic() - startedAt),
      ...statusOf(parts, live().length),
    }),
    async stop(options) {
      if (options.sessions)
        await Promise.all(
          live().map(session => sessions.close(session.id, 'the daemon was stopped with its sessions')),
        )
      clock.setTimeout(() => void parts.close(), ANSWER_MS)
      return live().length
    },
    operations: () => bus.list(),
  }
}

function statusOf(
  { loaded, stateDir, journal, client, hookPoints, sessions, ...parts }: ControlParts,
  live: number,
) {
  const { rss, heapUsed } = process.memoryUsage()
  return {
    pid: process.pid,
    computer: loaded.config.computer.name,
    version: VERSION,
    state_dir: stateDir.path,
    config: loaded.source,
    environment: loaded.environment,
    plugins: parts.plugins().map(({ health, ...plugin }) => ({ ...plugin, problem: health })),
    sessions: { live, total: sessions.list().length },
    limits: limitsOf(parts.services, loaded),
    journal: journal.stats(),
    mesh: parts.mesh.status(),
    channels: [...client.status()],
    problems: [...hookPoints.problems()],
    memory: { rss, heap_used: heapUsed },
  }
}

function limitsOf(services: Services, { config }: LoadedConfig): DaemonStatus['limits'] {
  const limits = services.find(TerminalsService)?.limits?.()
  return {
    max_sessions: limits?.maxSessions ?? null,
    idle_timeout_ms: limits?.idleTimeoutMs ?? null,
    memory_floor: limits?.memoryFloorBytes ?? null,
    memory_available: limits?.memoryAvailableBytes ?? null,
    journal_bytes: config.retention.totalBytes,
  }
}
