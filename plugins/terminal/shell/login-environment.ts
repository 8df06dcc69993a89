import { spawn } from 'node:child_process'
import { userInfo } from 'node:os'
import type { Clock } from '../../../core/index.ts'

export type Environment = Readonly<Record<string, string>>

/** A profile that asks something or waits for a network must not delay sessions for longer. */
export const PROFILE_LIMIT_MS = 3_000
const MAX_PRINTED = 1024 * 1024
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const MARKER = 'teleclaude-environment:'
/** Belong to the shell that printed them, not to the ones that will be started. */
const NOT_INHERITED = new Set(['_', 'SHLVL', 'PWD', 'OLDPWD', 'TERM'])

/** What a login on this computer begins with. Of the daemon's own environment only who and where the user is. */
export function bareEnvironment(daemon: NodeJS.ProcessEnv): Environment {
  const user = userInfo()
  const locale = Object.entries(daemon).filter(([name]) => /^(LANG|LANGUAGE|TZ|LC_[A-Z]+)$/.test(name))
  return {
    // Without a locale, shells take what is typed for bytes and print question marks.
    LANG: 'C.UTF-8',
    // Present names have values: entries of process.env are strings.
    ...(Object.fromEntries(locale) as Environment),
    HOME: daemon.HOME || user.homedir,
    USER: daemon.USER || user.username,
    LOGNAME: daemon.USER || user.username,
    SHELL: daemon.SHELL || user.shell || '/bin/sh',
    PATH: DEFAULT_PATH,
  }
}

/** What the login shell makes of the bare environment; the bare one if it does not answer in time. */
export async function loginEnvironment(daemon: NodeJS.ProcessEnv, clock: Clock): Promise<Environment> {
  const bare = bareEnvironment(daemon)
  const printed = await runLoginShell(bare, clock)
  const block = printed.slice(printed.lastIndexOf(MARKER) + MARKER.length)
  if (!printed.includes(MARKER)) return bare
  const pairs = block.split('\0').flatMap(line => {
    const split = line.indexOf('=')
    const name = line.slice(0, split)
    return split > 0 && !NOT_INHERITED.has(name) ? [[name, line.slice(split + 1)]] : []
  })
  return { ...bare, ...(Object.fromEntries(pairs) as Environment) }
}

/** What the login shell printed until it ended, or until its time was over. */
function runLoginShell(env: Environment, clock: Clock): Promise<string> {
  return new Promise(resolve => {
    const child = spawn(env.SHELL ?? '/bin/sh', ['-lc', `printf %s ${MARKER}; env -0`], {
      env,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
      // A group of its own, so that what the profile started ends with it.
      detached: true,
    })
    let printed = ''
    const finish = () => {
      limit.cancel()
      child.stdout.destroy()
      if (child.exitCode === null && child.pid) killGroup(child.pid)
      resolve(printed)
    }
    const limit = clock.setTimeout(finish, PROFILE_LIMIT_MS)
    child.on('error', finish).on('close', finish)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (printed.length > MAX_PRINTED) finish()
    })
  })
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended in the meantime.
  }
}
