import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '../../core/errors.ts'

export type Env = Readonly<Record<string, string | undefined>>

/**
 * Downloads packages of this Debian or Ubuntu with all they need that is not installed, and unpacks them into a
 * folder of `work`, without root and without a change to the system.
 * @param work a fresh folder
 * @returns that folder, which is laid out as `/` is
 */
export async function unpackPackages(packages: readonly string[], work: string, env: Env): Promise<string> {
  const archives = join(work, 'archives')
  const unpacked = join(work, 'unpacked')
  for (const folder of [archives, unpacked]) await mkdir(folder)
  const run: Run = (command, args) => runIn(archives, env, command, args)
  await download(packages, await aptOf(work, 'lists of the system', run)).catch(async () => {
    // They are missing, or too old for what the servers still have.
    const apt = await aptOf(work, 'own lists', run)
    const { stderr } = await apt('update')
    await download(packages, apt).catch(error => {
      throw new Error(`${messageOf(error)}\n${stderr}`.trim(), { cause: error })
    })
  })
  for (const archive of globSync('*.deb', { cwd: archives })) await run('dpkg-deb', ['-x', archive, unpacked])
  return unpacked
}

type Run = (command: string, args: readonly string[]) => Promise<{ stdout: string; stderr: string }>
type Apt = (...args: readonly string[]) => ReturnType<Run>

async function download(packages: readonly string[], apt: Apt): Promise<void> {
  const plan = await apt('--simulate', '--no-install-recommends', 'install', ...packages)
  const missing = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name ?? '')
  await apt('download', ...new Set([...packages, ...missing]))
}

/** apt-get for everybody: it keeps its files in `work`, and tells nobody of an update. */
async function aptOf(work: string, lists: 'lists of the system' | 'own lists', run: Run): Promise<Apt> {
  const config = join(work, `${lists}.conf`)
  const settings = [
    `Dir::Cache "${work}/cache";`,
    `Dir::Log "${work}/log";`,
    ...(lists === 'own lists' ? [`Dir::State::lists "${work}/lists";`] : []),
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    // As root it would download as a user who may not enter the home of root.
    'APT::Sandbox::User "root";',
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
  ]
  for (const folder of ['cache/archives/partial', 'lists/partial']) {
    await mkdir(join(work, folder), { recursive: true })
  }
  await writeFile(config, `${settings.join('\n')}\n`)
  return (...args) => run('apt-get', ['--quiet=2', `--config-file=${config}`, ...args])
}

/** For a slow mirror; it ends what would hang for ever. */
const RUN_MS = 5 * 60_000

async function runIn(cwd: string, env: Env, command: string, args: readonly string[]) {
  const options = { cwd, env: { ...env, LC_ALL: 'C' }, timeout: RUN_MS, maxBuffer: 16 * 1024 * 1024 }
  try {
    return await promisify(execFile)(command, args, options)
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string } // what execFile rejects with
    if (code === 'ENOENT') throw new Error(`there is no ${command} here`, { cause: error })
    throw new Error(stderr?.trim() || messageOf(error), { cause: error })
  }
}
