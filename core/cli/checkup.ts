import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { LoadedConfig } from '../config/load-config.ts'
import type { DaemonStatus } from '../daemon-service.ts'
import { isTeleclaudeError, messageOf } from '../errors.ts'
import { type Finding, fail, type Look, ok, warn } from '../host/finding.ts'
import { checkMesh, checkSecrets } from './checkup-mesh.ts'
import { checkPlugins } from './checkup-plugins.ts'
import type { Cli } from './context.ts'
import { daemonStatusIfRunning } from './daemon-status.ts'
import { inBytes } from './render/amounts.ts'

/** Looks at everything that a daemon needs, one thing after the other. */
export async function checkup(cli: Cli, configPath: string | undefined): Promise<readonly Finding[]> {
  const loading = loadConfigOf(cli, configPath)
  loading.catch(() => {}) // `config` tells
  const checks: readonly [name: string, look: () => Look][] = [
    ['node', async () => ok(`${process.versions.node} at ${process.execPath}`)],
    ['better-sqlite3', checkDatabase],
    ['node-pty', checkTerminals],
    ['bash', checkBash],
    ['login shell', () => checkShell(cli)],
    ['state folder', () => checkStateDir(cli)],
    ['disk', () => checkDisk(cli)],
    ['config', () => checkConfig(cli, loading)],
    ['secrets', () => checkSecrets(loading)],
    ['daemon', () => checkDaemon(cli)],
    ['mesh', () => checkMesh(cli, loading)],
  ]
  const findings: Finding[] = []
  for (const [name, look] of checks) {
    const found = await look().catch((error: unknown) => fail(messageOf(error)))
    if (found) findings.push({ name, ...found })
  }
  return [...findings, ...(await checkPlugins(loading))]
}

async function loadConfigOf({ env }: Cli, path: string | undefined): Promise<LoadedConfig> {
  const { loadConfig } = await import('../config/load-config.ts')
  return await loadConfig({ cwd: process.cwd(), env, path })
}

const REINSTALL = 'Install again: npm ci (in a checkout) or npm install --global teleclaude'
/** Prompt marks need PS0, which came with it. */
const OLDEST_BASH = 4.4
/** The journal of one session and some room. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024
/** What all journals together may take by default. */
const ENOUGH_FREE_BYTES = 1024 * 1024 * 1024

async function checkDatabase(): Look {
  try {
    const { default: Database } = await import('better-sqlite3')
    const database = new Database(':memory:')
    const version = database.prepare('select sqlite_version()').pluck().get()
    database.close()
    return ok(`loads (SQLite ${version})`)
  } catch (error) {
    return fail(messageOf(error), REINSTALL)
  }
}

async function checkTerminals(): Look {
  try {
    await import('node-pty')
    return ok('loads')
  } catch (error) {
    return fail(messageOf(error), `${REINSTALL}; it is compiled with python3, make and g++`)
  }
}

async function checkBash(): Look {
  try {
    const { stdout } = await promisify(execFile)('bash', ['-c', 'printf %s "$BASH_VERSION"'])
    const version = Number.parseFloat(stdout)
    if (version >= OLDEST_BASH) return ok(stdout)
    return warn(
      `${stdout} is older than ${OLDEST_BASH}: the end of a command is not exact`,
      'Install a newer bash',
    )
  } catch {
    return fail('there is no bash on PATH', 'Install bash, or set defaultShell in the configuration')
  }
}

async function checkShell({ env }: Cli): Look {
  const shell = env.SHELL
  if (!shell) return warn('SHELL is not set; sessions get bash')
  if (!existsSync(shell)) return warn(`${shell} does not exist; sessions get bash`, 'Choose one with: chsh')
  return ok(shell)
}

async function checkStateDir({ stateDir }: Cli): Look {
  if (!existsSync(stateDir)) return ok(`${stateDir} (made when the daemon starts)`)
  const { openStateDir } = await import('../state-dir.ts')
  openStateDir({ env: {}, path: stateDir })
  const mode = statSync(stateDir).mode & 0o777
  if ((mode & 0o077) === 0) return ok(stateDir)
  return warn(`others can read ${stateDir} (mode ${mode.toString(8)})`, `chmod 700 '${stateDir}'`)
}

async function checkDisk({ stateDir }: Cli): Look {
  let folder = stateDir
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const message = `${inBytes(free)} free at ${folder}`
  if (free < LEAST_FREE_BYTES) return fail(message, 'Make room, or set TELECLAUDE_STATE_DIR to another disk')
  return free < ENOUGH_FREE_BYTES
    ? warn(message, 'Make room: sessions pause when the disk is full')
    : ok(message)
}

async function checkConfig({ commandLine }: Cli, loading: Promise<LoadedConfig>): Look {
  try {
    const { source, plugins } = await loading
    const names = plugins.map(({ definition }) => definition.name).join(', ')
    return ok(`${source ?? 'built-in default'} (${names})`)
  } catch (error) {
    return fail(messageOf(error), `Correct it, then: ${commandLine} config check`)
  }
}

async function checkDaemon(cli: Cli): Look {
  try {
    const status = await daemonStatusIfRunning(cli)
    if (status) return pluginHealth(status)
    if (!existsSync(cli.socketPath)) return warn('not running', `${cli.commandLine} start`)
    const stale = `not running; ${cli.socketPath} was left behind and is replaced at the next start`
    return warn(stale, `${cli.commandLine} start`)
  } catch (error) {
    if (!isTeleclaudeError(error)) throw error
    return fail(`${error.message} (${error.code})`, `${cli.commandLine} logs`)
  }
}

/** What keeps other computers from being reached is told by `mesh`. */
function pluginHealth({ ready, pid, plugins, mesh }: DaemonStatus) {
  const ill = plugins.flatMap(({ name, problem }) =>
    problem && problem !== mesh?.problem ? [`${name}: ${problem}`] : [],
  )
  const message = `${ready ? 'answers' : 'is starting'}, process ${pid}`
  return ill.length > 0 ? warn([message, ...ill].join('\n')) : ok(message)
}
