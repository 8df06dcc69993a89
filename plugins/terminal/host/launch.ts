import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { getCompileCacheDir } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Clock, sleep, TeleclaudeError, VERSION } from '../../../core/index.ts'
import { hostError } from './host-errors.ts'
import { HostLink } from './link.ts'

/** Cold start of a Node process on a busy computer, with room. */
const START_DEADLINE_MS = 8_000
const POLL_MS = 10
/** What `sockaddr_un` holds on Linux (macOS has less), less the final zero byte. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107

/**
 * Sessions that have ended are collected after some dozens of them. By itself V8 would wait for a heap as large as
 * suits the computer, which a host's never is: 2,000 sessions took a host from 13 to 39 MiB, and now to 22, where it stays.
 */
const SMALL_HEAP = ['--optimize-for-size', '--max-semi-space-size=1']
/** Lets glibc give back what is collected, which it would keep, in several places; no other library reads these. */
const TIGHT_MALLOC = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: `${32 * 1024}`,
  MALLOC_TRIM_THRESHOLD_: `${64 * 1024}`,
}

export function socketPathIn(folder: string): string {
  return join(folder, 'pty-host.sock')
}

/** Connects to the host that runs on this folder, or returns null if none does. */
export async function findHost(folder: string, clock: Clock): Promise<HostLink | null> {
  const path = checkedSocketPath(folder)
  if (!existsSync(path)) return null
  return HostLink.open(path, clock).catch(error => {
    if (isNobodyThere(error.cause)) return null
    throw error
  })
}

/** Connects to the host on this folder, and starts one if none runs. */
export async function findOrStartHost(folder: string, clock: Clock): Promise<HostLink> {
  const running = await findHost(folder, clock)
  if (running) return running
  const exited = startHost(folder)
  const deadline = clock.monotonic() + START_DEADLINE_MS
  let problem: unknown = hostError(`it did not start within ${START_DEADLINE_MS} ms`)
  while (clock.monotonic() < deadline && !exited.code) {
    await sleep(clock, POLL_MS)
    // Of two hosts that start at once one refuses, because the other has taken its place.
    const host = await findHost(folder, clock).catch(error => {
      problem = error
      return null
    })
    if (host) return host
  }
  throw exited.code ? hostError(`it ended with exit code ${exited.code} while starting`) : problem
}

function startHost(folder: string): { code: number | null } {
  const log = openSync(join(folder, 'pty-host.log'), 'a', 0o600)
  const main = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url))
  const child = spawn(process.execPath, [...SMALL_HEAP, main, socketPathIn(folder), VERSION], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log],
    env: minimalEnvironment(),
  })
  closeSync(log)
  const exited = { code: null as number | null }
  child.on('exit', code => {
    exited.code = code
  })
  child.on('error', () => {
    exited.code = 127
  })
  child.unref()
  return exited
}

/** The host holds no secret of the daemon's: it gets nothing but where compiled code is kept, and how to use memory. */
function minimalEnvironment(): Record<string, string> {
  const cache = getCompileCacheDir()
  // Node puts a folder per version into the one it is given.
  return { ...TIGHT_MALLOC, ...(cache && { NODE_COMPILE_CACHE: dirname(cache) }) }
}

function checkedSocketPath(folder: string): string {
  const path = socketPathIn(folder)
  const bytes = Buffer.byteLength(path)
  if (bytes <= MAX_SOCKET_PATH_BYTES) return path
  throw new TeleclaudeError(
    'TC_ERR_STATE_DIR',
    `The socket path '${path}' has ${bytes} bytes; the system allows ${MAX_SOCKET_PATH_BYTES}. Choose a state folder with a shorter path (TELECLAUDE_STATE_DIR).`,
  )
}

/** Nobody listens, or who listened is just ending. */
function isNobodyThere(cause: unknown): boolean {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  return code !== undefined && ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'].includes(code)
}
