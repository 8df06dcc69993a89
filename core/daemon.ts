import { homedir } from 'node:os'
import { createAdapterClient } from './adapters/adapter-client.ts'
import { createAudit } from './audit.ts'
import { type Clock, systemClock } from './clock.ts'
import type { LoadedConfig } from './config/load-config.ts'
import { ConfigService } from './config/service.ts'
import { startControlServer } from './control/server.ts'
import { createDaemonControl } from './daemon-control.ts'
import { DaemonService } from './daemon-service.ts'
import type { TeleclaudeError } from './errors.ts'
import { createHookPoints } from './host/hook-points.ts'
import { type CoreService, createHost, type Host } from './host/host.ts'
import type { PluginStatus } from './host/plugin-run.ts'
import type { Services } from './host/service.ts'
import { JournalService } from './journal/journal.ts'
import { createJournal } from './journal/sqlite-journal.ts'
import { createLogger, type Logger } from './log.ts'
import { coreOperations } from './operations/index.ts'
import { createOperationBus } from './operations/operation-bus.ts'
import { Releases } from './releases.ts'
import { createRounds } from './rounds.ts'
import { createSessions } from './sessions/create-sessions.ts'
import { isLive, type Session } from './sessions/session.ts'
import { createSessionTokens } from './sessions/session-token.ts'
import { SessionsService } from './sessions/sessions.ts'
import { TerminalSinkService } from './sessions/terminal.ts'
import type { StateDir } from './state-dir.ts'
import { createSessionStore } from './store/session-store.ts'
import { openStore } from './store/store.ts'
import { createAuthenticate } from './surface-principals.ts'
import { toText } from './text/to-text.ts'

export interface DaemonOptions {
  readonly config: LoadedConfig
  readonly stateDir: StateDir
  readonly clock?: Clock
  /** Default: the log file in the state folder, at the levels of the configuration. */
  readonly log?: Logger
}

/** A running daemon. */
export interface Daemon {
  readonly computer: string
  readonly stateDir: string
  readonly controlSocket: string
  readonly services: Services
  plugins(): readonly PluginStatus[]
  liveSessions(): number
  /** Settles when the daemon has closed, whoever asked for it, with what went wrong while closing. */
  readonly closed: Promise<readonly TeleclaudeError[]>
  /** Stops taking in work, lets plugins finish, closes them in reverse. Sessions go on without the daemon. */
  close(): Promise<readonly TeleclaudeError[]>
}

/** The rounds in which what has ended long ago is removed. */
const SWEEP_MS = 60_000
const HEARTBEAT_MS = 30_000
/** How long the output of a one-shot run can be read after its end. */
const KEEP_RUNS_MS = 600_000
const DAY_MS = 86_400_000

/**
 * Starts everything that the configuration names; settles when requests are served. Whatever fails, what had started
 * is closed again.
 * @throws TC_ERR_ALREADY_RUNNING, TC_ERR_STORE_CORRUPT, TC_ERR_STORE_NEWER, TC_ERR_PLUGIN_SETUP …
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const releases = new Releases()
  try {
    return await assemble(options, releases)
  } catch (error) {
    await releases.run()
    throw error
  }
}

async function assemble(
  { config: loaded, stateDir, clock = systemClock, ...given }: DaemonOptions,
  releases: Releases,
): Promise<Daemon> {
  const { config } = loaded
  const computer = config.computer.name
  const lock = stateDir.acquireLock()
  releases.add(() => lock.release())
  const log = given.log ?? logOf(loaded, stateDir)
  const store = openStore({ file: stateDir.database, clock, log })
  releases.add(() => store.close())
  const retention = {
    liveBytes: config.retention.liveBytes,
    closedMs: config.retention.closedDays * DAY_MS,
    totalBytes: config.retention.totalBytes,
  }
  const journal = createJournal({ store, clock, log, retention })
  releases.add(() => journal.close())

  const hookPoints = createHookPoints({ clock, log })
  const tokens = createSessionTokens(stateDir.identityKey())
  // What asks for services does so once everything stands, so the host can come after it.
  const services: Services = { get: key => host.services.get(key), find: key => host.services.find(key) }
  const core = createSessions({
    computer,
    store: createSessionStore(store),
    journal,
    hookPoints,
    services,
    clock,
    log,
    defaultCwd: config.defaultCwd ?? homedir(),
    adapterTypes: () => client.types,
    sessionEnv: session => sessionEnv(session, tokens.sessionToken(session.id), stateDir),
  })
  releases.add(() => core[Symbol.asyncDispose]())
  const client = createAdapterClient({ journal, sessions: core.sessions, store, clock, log, toText })
  releases.add(() => client.close())
  const audit = createAudit(createLogger({ destination: { file: stateDir.audit } }))
  const bus = createOperationBus({ computer, clock, services, audit })
  for (const operation of coreOperations) bus.add(operation)

  const closing = Promise.withResolvers<readonly TeleclaudeError[]>()
  let isClosing = false
  const close = () => {
    if (!isClosing) {
      isClosing = true
      log.info('closing')
      void releases.run().then(closing.resolve)
    }
    return closing.promise
  }
  const plugins = () => host.plugins()
  const control = createDaemonControl({
    loaded,
    stateDir,
    clock,
    journal,
    client,
    hookPoints,
    bus,
    sessions: core.sessions,
    plugins,
    close,
  })
  const coreServices: readonly CoreService[] = [
    [
      ConfigService,
      {
        computer,
        projects: config.projects,
        defaultShell: config.defaultShell,
        defaultCwd: config.defaultCwd,
      },
    ],
    [SessionsService, core.sessions],
    [TerminalSinkService, core.sink],
    [JournalService, journal],
    [DaemonService, control],
  ]
  const host: Host = createHost({
    computer,
    stateDir: stateDir.path,
    clock,
    log,
    hookPoints,
    client,
    bus,
    coreServices,
    secrets: loaded.secrets,
  })
  releases.add(async () => {
    for (const error of await host.close()) log.error({ err: error }, 'closing failed')
  })
  await host.boot(loaded.plugins)
  await core.failOrphans()
  client.start()
  const server = await startControlServer({
    socketPath: stateDir.controlSocket,
    bus,
    authenticate: createAuthenticate(tokens),
    clock,
    log,
  })
  releases.add(() => server.close())
  const sweeps = createRounds(clock, SWEEP_MS, () =>
    core.sweep({ runMs: KEEP_RUNS_MS, closedMs: retention.closedMs }),
  )
  releases.add(() => sweeps[Symbol.dispose]())
  const beats = createRounds(clock, HEARTBEAT_MS, () =>
    hookPoints.heartbeat({ computer, at: clock.now(), facts: {} }),
  )
  releases.add(() => beats[Symbol.dispose]())
  await host.ready()
  control.ready()
  log.info({ computer, plugins: host.plugins().map(plugin => plugin.name) }, 'ready')

  return {
    computer,
    stateDir: stateDir.path,
    controlSocket: stateDir.controlSocket,
    services,
    plugins,
    liveSessions: () => core.sessions.list().filter(session => isLive(session.state)).length,
    closed: closing.promise,
    close,
  }
}

function logOf({ config, secrets }: LoadedConfig, stateDir: StateDir): Logger {
  return createLogger({
    level: config.log.level,
    pluginLevels: config.log.plugins,
    destination: { file: stateDir.log },
    secrets: secrets.revealed,
  })
}

/** Lets what runs in a session speak to the daemon of that session, as that session. */
function sessionEnv(session: Session, token: string, stateDir: StateDir): Readonly<Record<string, string>> {
  return {
    TELECLAUDE_SESSION_ID: session.id,
    TELECLAUDE_SESSION_TOKEN: token,
    TELECLAUDE_STATE_DIR: stateDir.path,
  }
}
