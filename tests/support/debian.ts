import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { systemClock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { type Env, unpackPackages } from './apt-packages.ts'

/** A program that tests run, and where it comes from. */
export interface Wanted {
  readonly name: string
  /** The environment variable that names its path, e.g. `REDIS_SERVER`. */
  readonly variable: string
  /** What to unpack where it is not installed; what these depend on is found out. */
  readonly packages: readonly string[]
  /** How people install it, for the error. */
  readonly install: string
  /** What the packages leave to their installation, done in the unpacked folder. */
  readonly arrange?: (folder: string) => Promise<void>
  /** What it needs on top of its environment where it runs from the unpacked folder. */
  readonly unpackedEnv?: (folder: string) => Readonly<Record<string, string>>
}

export interface Program {
  readonly path: string
  /** What it needs on top of its environment. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * A program of this computer: the one that its variable names, else the one on PATH, else, on Debian and
 * Ubuntu, one unpacked from the distribution's packages into a cache folder, once and without root.
 * @throws with what to install, where none of these works
 */
export async function findProgram(wanted: Wanted, env: Env = process.env): Promise<Program> {
  return programHere(wanted, env) ?? (await unpackProgram(wanted, env))
}

/** The program if nothing has to be fetched for it, else null. */
export function programHere(wanted: Wanted, env: Env = process.env): Program | null {
  const named = env[wanted.variable]
  if (named) return namedProgram(wanted, named)
  return onPath(wanted.name, env) ?? inFolder(wanted, cacheFolder(wanted, env))
}

/** Where its packages are unpacked. Another list of packages or another release is another folder. */
export function cacheFolder({ packages }: Wanted, env: Env = process.env): string {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache')
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const contents = [
    ...packages,
    process.arch,
    /^VERSION_ID=.*$/m.exec(release)?.[0],
    /^ID=.*$/m.exec(release)?.[0],
  ]
  const hash = createHash('sha256').update(contents.join('\n')).digest('hex').slice(0, 12)
  return join(cache, 'teleclaude', 'debian', `${packages[0]}-${hash}`)
}

function namedProgram({ name, variable }: Wanted, path: string): Program {
  if (isProgram(path)) return { path: resolve(path), env: {} }
  throw new Error(`${variable}=${path} is no program that can be run; let it name a ${name}, or unset it`)
}

function onPath(name: string, env: Env): Program | null {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean)
  const path = folders.map(folder => resolve(folder, name)).find(isProgram)
  return path === undefined ? null : { path, env: {} }
}

/** In a folder of unpacked packages, which is laid out as `/` is. */
function inFolder({ name, unpackedEnv }: Wanted, folder: string): Program | null {
  const path = ['usr/bin', 'bin', 'usr/sbin'].map(bin => join(folder, bin, name)).find(isProgram)
  if (path === undefined) return null
  const libraries = globSync(['usr/lib/*-linux-*/', 'lib/*-linux-*/'], { cwd: folder })
  const libraryPath = libraries.map(library => join(folder, library)).join(':')
  return { path, env: { ...(libraryPath && { LD_LIBRARY_PATH: libraryPath }), ...unpackedEnv?.(folder) } }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** The variable with which one process tells those it starts that it was not to be had, and why. */
export function unfetchedVariable({ variable }: Wanted): string {
  return `${variable}_UNFETCHED`
}

/** Unpacks beside the cache folder and renames: it is there entirely or not at all, whoever else does the same. */
async function unpackProgram(wanted: Wanted, env: Env): Promise<Program> {
  const known = env[unfetchedVariable(wanted)]
  if (known) throw new Error(known)
  const folder = cacheFolder(wanted, env)
  try {
    await mkdir(dirname(folder), { recursive: true })
    await removeLeftovers(dirname(folder))
    const work = await mkdtemp(join(dirname(folder), UNFINISHED))
    try {
      const unpacked = await unpackPackages(wanted.packages, work, env)
      await wanted.arrange?.(unpacked)
      await rename(unpacked, folder).catch(error => {
        if (!existsSync(folder)) throw error // else another process was faster
      })
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  } catch (cause) {
    throw new Error(`${missing(wanted)} Fetching it with apt-get failed: ${messageOf(cause)}`, { cause })
  }
  const program = inFolder(wanted, folder)
  if (!program) throw new Error(`${missing(wanted)} It is not in the packages ${wanted.packages.join(', ')}.`)
  return program
}

function missing({ name, variable, install }: Wanted): string {
  return `${name} is needed and is not on PATH. Install it (${install}), or let ${variable} name it.`
}

const UNFINISHED = 'unfinished-'
/** Longer than any download takes. */
const LEFT_OVER_MS = 60 * 60_000

/** What a process left that was killed in the middle. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of globSync(`${UNFINISHED}*`, { cwd: parent })) {
    const path = join(parent, name)
    const changedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (systemClock.now() - changedAt > LEFT_OVER_MS) await rm(path, { recursive: true, force: true })
  }
}
