import { type Clock, systemClock } from './clock.ts'
import type { LoadedConfig } from './config/load-config.ts'
import { ConfigService } from './config/service.ts'
import { startControlServer } from './control/server.ts'
import { createDaemonControl, type ReadyControl } from './daemon-control.ts'
import { type Core, openCore } from './daemon-core.ts'
import { DaemonService } from './daemon-service.ts'
import type { TeleclaudeError } from './errors.ts'
import { type CoreService, createHost, type Host } from './host/host.ts'
import type { PluginStatus } from './host/plugin-run.ts'
import type { Services } from './host/service.ts'
import { JournalService } from './journal/journal.ts'
import { createLogger, type Logger } from './log.ts'
import type { DaemonMesh } from './mesh/create-mesh.ts'
import { MeshService } from './mesh/mesh.ts'
import { MeshRotationService } from './mesh/mesh-operations.ts'
import { PROTOCOL, type ProtocolRange } from './mesh/messages.ts'
import { PeersService } from './mesh/peers.ts'
import { MeshTailService } from './mesh/tail.ts'
import { Releases } from './releases.ts'
import { createRounds } from './rounds.ts'
import { isLive } from './sessions/session.ts'
import { SessionsService } from './sessions/sessions.ts'
import { TerminalSinkService } from './sessions/terminal.ts'
import type { StateDir } from './state-dir.ts'
import { createAuthenticate } from './surface-principals.ts'

export interface DaemonOptions {
  readonly config: LoadedConfig
  readonly stateDir: StateDir
  readonly clock?: Clock
  /** Default: the log file in the state folder, at the levels of the configuration. */
  readonly log?: Logger
  /** The versions of the protocol between computers to speak. Default: all that this program knows. */
  readonly protocol?: ProtocolRange
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

/** How often what ended long ago is removed. */
const SWEEP_MS = 60_000
const HEARTBEAT_MS = 30_000
/** How long the output of a one-shot run can be read after its end. */
const KEEP_RUNS_MS = 600_000

/**
 * Starts everything that the configuration names; settles when requests are served. Whatever fails, what had started
 * is closed again.
 * @throws TC_ERR_ALREADY_RUNNING, TC_ERR_STORE_CORRUPT, TC_ERR_STORE_NEWER, TC_ERR_PLUGIN_SETUP …
 */
export async function startDaemon({
  config: loaded,
  stateDir,
  clock = systemClock,
  log = logOf(loaded, stateDir),
  protocol = PROTOCOL,
}: DaemonOptions): Promise<Daemon> {
  const releases = new Releases()
  const closing = Promise.withResolvers<readonly TeleclaudeError[]>()
  let isClosing = false
  const close = () => {
    if (!isClosing) log.info('closing')
    if (!isClosing) void releases.run().then(closing.resolve)
    isClosing = true
    return closing.promise
  }
  try {
    // What asks for services does so once everything stands, so the host can come after it.
    const services: Services = { get: key => host.services.get(key), find: key => host.services.find(key) }
    const core = openCore({ loaded, stateDir, clock, log, protocol, services }, releases)
    const control = createDaemonControl({
      ...core,
      sessions: core.sessions.sessions,
      services,
      loaded,
      stateDir,
      clock,
      plugins: () => host.plugins(),
      close,
    })
    const host = createHost({
      ...core,
      stateDir: stateDir.path,
      clock,
      log,
      coreServices: coreServices(core, control, loaded),
      secrets: loaded.secrets,
    })
    await serve({ core, control, host, loaded, stateDir, clock, log }, releases)
    return {
      computer: core.computer,
      stateDir: stateDir.path,
      controlSocket: stateDir.controlSocket,
      services,
      plugins: () => host.plugins(),
      liveSessions: () => core.sessions.sessions.list().filter(session => isLive(session.state)).length,
      closed: closing.promise,
      close,
    }
  } catch (error) {
    await releases.run()
    throw error
  }
}

interface Parts {
  readonly core: Core
  readonly control: ReadyControl
  readonly host: Host
  readonly loaded: LoadedConfig
  readonly stateDir: StateDir
  readonly clock: Clock
  readonly log: Logger
}

/** Brings the plugins up, then lets requests in. */
async function serve(
  { core, control, host, loaded, stateDir, clock, log }: Parts,
  releases: Releases,
): Promise<void> {
  const { bus, sessions, client, hookPoints, computer, mesh } = core
  releases.add(async () => {
    for (const error of await host.close()) log.error({ err: error }, 'a plugin did not close well')
  })
  await host.boot(loaded.plugins)
  await sessions.failOrphans()
  await sessions.restore()
  client.start()
  const authenticate = createAuthenticate(core.tokens)
  const server = await startControlServer({
    socketPath: stateDir.controlSocket,
    bus,
    authenticate,
    clock,
    log,
  })
  releases.add(() => server.close())
  mesh.start({ sessions: sessions.sessions, bus }, releases)
  if (mesh.remoteSessions) {
    const mirroring = client.mirror(mesh.remoteSessions)
    releases.add(() => mirroring[Symbol.dispose]())
  }
  const keep = { runMs: KEEP_RUNS_MS, closedMs: core.keepClosedMs }
  const rounds = [
    createRounds({ clock, log }, SWEEP_MS, () => {
      sessions.sweep(keep)
      mesh.sweep(keep)
    }),
    // Between computers the mesh's heart beats.
    ...(mesh.isConnected
      ? []
      : [
          createRounds({ clock, log }, HEARTBEAT_MS, () =>
            hookPoints.heartbeat({ computer, at: clock.now(), facts: {} }),
          ),
        ]),
  ]
  releases.add(() => {
    for (const round of rounds) round[Symbol.dispose]()
  })
  await host.ready()
  control.ready()
  log.info({ computer, plugins: host.plugins().map(plugin => plugin.name) }, 'ready')
}

function coreServices(core: Core, control: ReadyControl, { config }: LoadedConfig): readonly CoreService[] {
  const { projects, defaultShell, defaultCwd } = config
  return [
    [ConfigService, { computer: core.computer, projects, defaultShell, defaultCwd }],
    [SessionsService, core.sessions.sessions],
    [TerminalSinkService, core.sessions.sink],
    [JournalService, core.journal],
    [DaemonService, control],
    [MeshService, core.mesh],
    ...meshServices(core.mesh),
  ]
}

/** Without a secret there are no peers, and whoever asks for them is told so. */
function meshServices({ peersService, rotation, tail }: DaemonMesh): readonly CoreService[] {
  return [
    ...(peersService ? [[PeersService, peersService] as const] : []),
    ...(rotation ? [[MeshRotationService, rotation] as const] : []),
    ...(tail ? [[MeshTailService, tail] as const] : []),
  ]
}

function logOf({ config, secrets }: LoadedConfig, stateDir: StateDir): Logger {
  return createLogger({
    level: config.log.level,
    pluginLevels: config.log.plugins,
    destination: { file: stateDir.log },
    secrets: secrets.revealed,
  })
}
