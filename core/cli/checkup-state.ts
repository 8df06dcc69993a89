import {
  accessSync,
  constants,
  existsSync,
  globSync,
  lstatSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LoadedConfig } from '../config/load-config.ts'
import type { DaemonStatus } from '../daemon-service.ts'
import { isTeleclaudeError, messageOf } from '../errors.ts'
import { fail, type Look, ok, warn } from '../host/finding.ts'
import type { Cli } from './context.ts'
import { shellQuote } from './installation.ts'
import { inBytes } from './render/amounts.ts'

/** More names than these help nobody. */
const MOST_NAMED = 3
/** The folder, and one for each plugin in it. */
const LOOKED_AT = ['*', '*/*']

const ELSEWHERE = 'export TELECLAUDE_STATE_DIR=… (a folder of yours)'

/** Whether the state folder is its owner's alone, and can be written to. `own` is who looks. */
export async function checkStateDir({ stateDir }: Cli, own = process.getuid?.()): Look {
  if (!existsSync(stateDir)) return judgePlace(stateDir, own)
  const files = LOOKED_AT.flatMap(pattern => globSync(pattern, { cwd: stateDir })).map(name =>
    join(stateDir, name),
  )
  const foreign = [stateDir, ...files].filter(file => own !== undefined && statOf(file)?.uid !== own)
  if (foreign.length > 0) {
    const fix = `sudo chown -R ${own} ${shellQuote(stateDir)}, or: ${ELSEWHERE}`
    return fail(`of another user, as a start with sudo leaves them: ${named(foreign)}`, fix)
  }
  const { openStateDir } = await import('../state-dir.ts')
  openStateDir({ env: {}, path: stateDir })
  const unwritable = whyNotWritable(stateDir)
  if (unwritable) return fail(`${stateDir} cannot be written to: ${unwritable}`, MAKE_ROOM)
  // Within a folder that nobody else may enter, nobody reads anything.
  const mode = statSync(stateDir).mode & 0o777
  if ((mode & 0o077) === 0) return ok(stateDir)
  return warn(`others can read ${stateDir} (mode ${mode.toString(8)})`, `chmod 700 ${shellQuote(stateDir)}`)
}

/** Whether the folder can be made when it is needed. */
function judgePlace(stateDir: string, own: number | undefined) {
  let parent = dirname(stateDir)
  while (!existsSync(parent)) parent = dirname(parent)
  if (!statSync(parent).isDirectory())
    return fail(`${stateDir} cannot be made: ${parent} is no folder`, ELSEWHERE)
  try {
    accessSync(parent, constants.W_OK | constants.X_OK)
    return ok(`${stateDir} (made when the daemon starts)`)
  } catch (error) {
    // Where another user's folder is in one of ours, it was mostly made by a start with sudo.
    const isOurs = statSync(dirname(parent)).uid === own && statSync(parent).uid !== own
    const fix = isOurs ? `sudo chown -R ${own} ${shellQuote(parent)}, or: ${ELSEWHERE}` : ELSEWHERE
    return fail(`${stateDir} cannot be made: ${messageOf(error)}`, fix)
  }
}

/** A file may go while one looks. */
function statOf(file: string) {
  return lstatSync(file, { throwIfNoEntry: false })
}

function named(files: readonly string[]): string {
  const more = files.length - MOST_NAMED
  return `${files.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const MAKE_ROOM = 'Make room, or set TELECLAUDE_STATE_DIR to another disk'

/** A full quota and a disk that became read-only are only seen by writing. */
function whyNotWritable(dir: string): string | null {
  let folder: string | null = null
  try {
    folder = mkdtempSync(join(dir, 'doctor-'))
    writeFileSync(join(folder, 'page'), Buffer.alloc(4096), { flush: true })
    return null
  } catch (error) {
    return messageOf(error)
  } finally {
    if (folder) rmSync(folder, { recursive: true, force: true })
  }
}

/** The key that this computer is known by: damaged, or open to others, the daemon refuses it. */
export async function checkIdentityKey({ stateDir }: Cli): Look {
  const path = join(stateDir, 'identity.key')
  if (!existsSync(path)) return null
  const { readOrMakeKey } = await import('../identity-key.ts')
  readOrMakeKey(path)
  return ok('32 bytes, for you alone')
}

/** Whether the database is sound, and this program's or an older one's. While a daemon runs it is that daemon's alone, which would have told. */
export async function checkDatabaseFile({ stateDir }: Cli, status: DaemonStatus | null): Look {
  const file = join(stateDir, 'teleclaude.db')
  if (status || !existsSync(file)) return null
  const { default: Database } = await import('better-sqlite3')
  const { asStoreError, damaged } = await import('../store/store-errors.ts')
  const { whyOfNewerProgram } = await import('../store/known-schemas.ts')
  const { INSTALL_NEWER } = await import('../store/migrations.ts')
  const unmade = BESIDE.map(suffix => file + suffix).filter(path => !existsSync(path))
  try {
    const db = new Database(file, { readonly: true, timeout: 0 })
    try {
      const size = statSync(file).size
      // Until it is closed, no daemon takes the database.
      db.exec('BEGIN; SELECT count(*) FROM sqlite_schema')
      const finding = size > CHECKED_BYTES ? 'ok' : db.pragma('quick_check(1)', { simple: true })
      unmade.forEach(removeTrace)
      if (finding !== 'ok') throw damaged(file, String(finding))
      const newer = whyOfNewerProgram(db, file)
      return newer === null ? ok(inBytes(size)) : fail(newer, INSTALL_NEWER)
    } finally {
      db.close()
    }
  } catch (error) {
    const known = asStoreError(error, file)
    // A daemon that starts at this moment has it.
    if (isTeleclaudeError(known, 'TC_ERR_STORE')) return null
    throw known
  }
}

/** What SQLite makes beside a database, even to read it. */
const BESIDE = ['-shm', '-wal']

/** What looking has made; a log of changes that has any is not of looking. */
function removeTrace(path: string): void {
  const made = statOf(path)
  if (made && (path.endsWith('-shm') || made.size === 0)) rmSync(path, { force: true })
}

/** Takes about a quarter of a second. */
const CHECKED_BYTES = 64 * 1024 * 1024

/** What is known of the disk and of what the journals may still take of it. */
export interface DiskFacts {
  readonly folder: string
  readonly freeBytes: number
  /** Null where the file system does not count them. */
  readonly freeFiles: number | null
  /** What the journals may still grow by. */
  readonly growthBytes: number
}

export async function checkDisk({ stateDir }: Cli, limits: JournalLimits): Look {
  let folder = stateDir
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize, files, ffree } = await statfs(folder)
  const used = limits.usedBytes ?? sizeOf(join(stateDir, 'teleclaude.db'))
  return judgeDisk({
    folder,
    freeBytes: bavail * bsize,
    freeFiles: files > 0 ? ffree : null,
    growthBytes: Math.max(0, limits.totalBytes - used),
  })
}

/** 0 also where it may not be looked at, which `state folder` tells. */
function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0
}

/** The journal of one session and some room. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024
/** A start makes about ten. */
const LEAST_FREE_FILES = 100

export function judgeDisk({ folder, freeBytes, freeFiles, growthBytes }: DiskFacts) {
  const message = `${inBytes(freeBytes)} free at ${folder}`
  if (freeBytes < LEAST_FREE_BYTES) return fail(message, MAKE_ROOM)
  if (freeFiles !== null && freeFiles < LEAST_FREE_FILES)
    return fail(`room for only ${freeFiles} more files at ${folder}`, MAKE_ROOM)
  if (freeBytes >= growthBytes) return ok(message)
  return warn(
    `${message}, and the journals may still take ${inBytes(growthBytes)}`,
    'Make room, or lower retention.totalBytes in the configuration: sessions pause when the disk is full',
  )
}

/** How much the journals may take, and take. */
export interface JournalLimits {
  readonly totalBytes: number
  /** Null where no daemon tells. */
  readonly usedBytes: number | null
}

/** What all journals together may take by default. */
const DEFAULT_TOTAL_BYTES = 1024 * 1024 * 1024

export function journalLimits(loaded: LoadedConfig | null, status: DaemonStatus | null): JournalLimits {
  return {
    totalBytes: loaded?.config.retention.totalBytes ?? DEFAULT_TOTAL_BYTES,
    usedBytes: status?.journal.bytes ?? null,
  }
}

/** The quota only takes from sessions that have ended: live ones can hold more than it. */
export async function checkJournal(
  { commandLine }: Cli,
  limits: JournalLimits,
  stalled: string | null,
): Look {
  if (stalled) return fail(`nothing can be written: ${stalled}`, MAKE_ROOM)
  const { usedBytes, totalBytes } = limits
  if (usedBytes === null) return null
  const message = `${inBytes(usedBytes)} of ${inBytes(totalBytes)}`
  if (usedBytes <= totalBytes) return ok(message)
  return warn(
    `${message}: more than its quota is held by sessions that run`,
    `Close some (${commandLine} session list --state live), or raise retention.totalBytes`,
  )
}
