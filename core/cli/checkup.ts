import type { LoadedConfig } from '../config/load-config.ts'
import { messageOf } from '../errors.ts'
import { type Finding, fail, type Look } from '../host/finding.ts'
import { checkConfig } from './checkup-config.ts'
import { askDaemon, checkDaemon } from './checkup-daemon.ts'
import { checkMesh, checkSecrets } from './checkup-mesh.ts'
import { checkPlugins } from './checkup-plugins.ts'
import { checkNode, checkSqlite } from './checkup-program.ts'
import { checkService } from './checkup-service.ts'
import {
  checkDatabaseFile,
  checkDisk,
  checkIdentityKey,
  checkJournal,
  checkStateDir,
  journalLimits,
} from './checkup-state.ts'
import type { Cli } from './context.ts'

/** Looks at everything that a daemon needs, side by side. */
export async function checkup(cli: Cli, configPath: string | undefined): Promise<readonly Finding[]> {
  const loading = loadConfigOf(cli, configPath)
  const asking = askDaemon(cli)
  // `config` and `daemon` tell.
  const [loaded, status] = await Promise.all([loading.catch(() => null), asking.catch(() => null)])
  const limits = journalLimits(loaded, status)
  const sqlite = await checkSqlite()
  // Used here, a module that crashes would end what is to tell of it.
  const ifLoads = (look: () => Look) => (sqlite?.state === 'ok' ? look : async () => null)
  const checks: readonly [name: string, look: () => Look][] = [
    ['node', checkNode],
    ['better-sqlite3', async () => sqlite],
    ['state folder', ifLoads(() => checkStateDir(cli))],
    ['identity key', () => checkIdentityKey(cli)],
    ['database', ifLoads(() => checkDatabaseFile(cli, status))],
    ['disk', () => checkDisk(cli, limits)],
    ['journal', () => checkJournal(cli, limits, status?.journal.stalled ?? null)],
    ['config', () => checkConfig(cli, loading, configPath)],
    ['secrets', () => checkSecrets(loading)],
    ['daemon', ifLoads(() => checkDaemon(cli, asking))],
    ['service', () => checkService(cli, status)],
    ['mesh', () => checkMesh(cli, loading)],
  ]
  const looking = checks.map(async ([name, look]): Promise<readonly Finding[]> => {
    const found = await look().catch((error: unknown) => fail(messageOf(error)))
    return found ? [{ name, ...found }] : []
  })
  return (await Promise.all([...looking, checkPlugins(cli, loaded, status)])).flat()
}

async function loadConfigOf({ env }: Cli, path: string | undefined): Promise<LoadedConfig> {
  const { loadConfig } = await import('../config/load-config.ts')
  return await loadConfig({ cwd: process.cwd(), env, path })
}
