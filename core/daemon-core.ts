import { homedir } from 'node:os'
import { createAdapterClient, type RunningAdapterClient } from './adapters/adapter-client.ts'
import { createRemoteEntries } from './adapters/remote-entries.ts'
import { createAudit } from './audit.ts'
import type { Clock } from './clock.ts'
import type { LoadedConfig } from './config/load-config.ts'
import { createHookPoints, type HookPoints } from './host/hook-points.ts'
import type { Services } from './host/service.ts'
import { createJournal, type JournalStore } from './journal/sqlite-journal.ts'
import { createLogger, type Logger } from './log.ts'
import { openLogFile } from './log-file.ts'
import { createMesh, type DaemonMesh } from './mesh/create-mesh.ts'
import type { ProtocolRange } from './mesh/messages.ts'
import type { Remote } from './mesh/remote.ts'
import type { Caller, OperationBus } from './operations/bus.ts'
import { coreOperations } from './operations/index.ts'
import { createOperationBus } from './operations/operation-bus.ts'
import type { Releases } from './releases.ts'
import { createSessions, type SessionsCore } from './sessions/create-sessions.ts'
import type { Session } from './sessions/session.ts'
import { createSessionTokens, type SessionTokens } from './sessions/session-token.ts'
import type { StateDir } from './state-dir.ts'
import { createRestartStore } from './store/restart-store.ts'
import { createSessionStore } from './store/session-store.ts'
import { openStore, type Store } from './store/store.ts'
import { toText } from './text/to-text.ts'
import { TransportService } from './transport.ts'

/** What a daemon has of its own, before any plugin. */
export interface Core {
  readonly computer: string
  readonly store: Store
  readonly journal: JournalStore
  readonly sessions: SessionsCore
  readonly hookPoints: HookPoints
  readonly client: Omit<RunningAdapterClient, 'close'>
  readonly bus: OperationBus
  readonly tokens: SessionTokens
  readonly mesh: DaemonMesh
  /** How long the entries of ended sessions are kept, in milliseconds. */
  readonly keepClosedMs: number
}

export interface CoreParts {
  readonly loaded: LoadedConfig
  readonly stateDir: StateDir
  readonly clock: Clock
  readonly log: Logger
  readonly protocol: ProtocolRange
  /** Those of the host that comes after it. */
  readonly services: Services
}

const DAY_MS = 86_400_000
/** For adapters, sessions elsewhere are to be read and spoken in, and no more. */
const ADAPTERS: Caller = {
  principal: { kind: 'plugin', name: 'adapters', scopes: ['sessions:read', 'messages:send'] },
  surface: 'adapter',
}

/**
 * Takes the state folder and opens what is in it.
 * @throws TC_ERR_ALREADY_RUNNING, TC_ERR_STORE_CORRUPT, TC_ERR_STORE_NEWER, TC_ERR_STORE
 */
export function openCore(
  { loaded, stateDir, clock, log, protocol, services }: CoreParts,
  releases: Releases,
): Core {
  const { config } = loaded
  const computer = config.computer.name
  const lock = stateDir.acquireLock()
  releases.add(() => lock.release())
  const store = openStore({ file: stateDir.database, clock, log })
  releases.add(() => store.close())
  const { liveBytes, closedDays, totalBytes } = config.retention
  const keepClosedMs = closedDays * DAY_MS
  const journal = createJournal({
    store,
    clock,
    log,
    retention: { liveBytes, totalBytes, closedMs: keepClosedMs },
  })
  releases.add(() => journal.close())
  const hookPoints = createHookPoints({ clock, log })
  const mesh = createMesh({ loaded, stateDir, store, journal, hookPoints, services, clock, log, protocol })
  const tokens = createSessionTokens(stateDir.identityKey())
  const sessions = createSessions({
    computer,
    store: createSessionStore(store),
    restarts: createRestartStore(store),
    restore: config.sessions.restore,
    rebooted: store.rebooted,
    noteReboot: store.noteReboot,
    journal,
    hookPoints,
    services,
    clock,
    log,
    defaultCwd: config.defaultCwd ?? homedir(),
    adapterTypes: () => client.types,
    carrier: () => services.find(TransportService),
    sessionEnv: session => sessionEnv(session, tokens.sessionToken(session.id), stateDir),
  })
  releases.add(() => sessions[Symbol.asyncDispose]())
  const client = createAdapterClient({
    ...{ journal, sessions: sessions.sessions, store, clock, log, toText },
    remote: createRemoteEntries({
      find: id => mesh.remoteSessions?.find(id),
      watch: (input, options) => bus.call('session.watch', input, ADAPTERS, options),
      notify: input => bus.call('session.notify', input, ADAPTERS),
    }),
  })
  releases.add(() => client.close())
  const auditFile = openLogFile(stateDir.audit)
  releases.add(() => auditFile.close())
  const audit = createAudit(createLogger({ destination: auditFile, secrets: loaded.secrets.revealed }))
  const remote: Remote = {
    request: (there, request, options) => mesh.remote.request(there, request, options),
    locate: id => mesh.remote.locate(id),
  }
  const bus = createOperationBus({ computer, clock, services, log, audit, remote })
  for (const operation of coreOperations) bus.add(operation)
  return { computer, store, journal, sessions, hookPoints, client, bus, tokens, mesh, keepClosedMs }
}

/** Lets what runs in a session speak to the daemon of that session, as that session. */
function sessionEnv(session: Session, token: string, stateDir: StateDir): Readonly<Record<string, string>> {
  return {
    TELECLAUDE_SESSION_ID: session.id,
    TELECLAUDE_SESSION_TOKEN: token,
    TELECLAUDE_STATE_DIR: stateDir.path,
  }
}
