import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf, TeleclaudeError } from '../../../core/index.ts'
import { isOlder } from '../checkup/versions.ts'
import type { TmuxSettings } from '../host/protocol.ts'
import type { TerminalOptions } from '../options.ts'
import type { Environment } from '../shell/login-environment.ts'

/** The first with variables for a session, and sizes that follow the smallest client by policy. */
export const OLDEST_TMUX = '3.2'
const VERSION_MS = 5_000
const INSTALL = '`apt install tmux` or `brew install tmux`'

/** tmux on this computer, fit to be used. @throws TC_ERR_BACKEND with what to install */
export async function findTmux(options: TerminalOptions, login: Environment): Promise<TmuxSettings> {
  const program = options.tmuxProgram ?? tmuxOn(login.PATH ?? '')
  if (!program) throw unusable(`tmux is in no folder of PATH (${login.PATH}). Install it (${INSTALL})`)
  checkVersion(program, await versionOf(program, login))
  return {
    program,
    config: options.tmuxConfig === undefined ? null : expanded(options.tmuxConfig),
    windowSize: options.tmuxWindowSize,
    term: termOf(login),
  }
}

/** The socket of the server that `tmux` without further words speaks to. */
export function defaultSocket(login: Environment): string {
  return join(login.TMUX_TMPDIR || '/tmp', `tmux-${process.getuid?.() ?? 0}`, 'default')
}

/** The tmux that a PATH finds. */
export function tmuxOn(path: string): string | undefined {
  const folders = path.split(':').filter(isAbsolute)
  return folders.map(folder => join(folder, 'tmux')).find(file => existsSync(file))
}

async function versionOf(program: string, login: Environment): Promise<string> {
  try {
    return (await promisify(execFile)(program, ['-V'], { env: login, timeout: VERSION_MS })).stdout.trim()
  } catch (cause) {
    throw unusable(`${program} cannot be run: ${messageOf(cause)}. Install tmux (${INSTALL})`)
  }
}

/** `tmux 3.3a`, `tmux next-3.7`; one without a number is built from its newest sources. */
function checkVersion(program: string, said: string): void {
  const [version] = /\d+\.\d+/.exec(said) ?? []
  if (version === undefined || !isOlder(version, OLDEST_TMUX)) return
  throw unusable(
    `${program} is '${said}', and ${OLDEST_TMUX} or newer is needed. Install a newer one (${INSTALL})`,
  )
}

function unusable(why: string): TeleclaudeError {
  const message = `${why}, let the terminal plugin's tmuxProgram name it, or use the backend 'pty', which needs nothing.`
  return new TeleclaudeError('TC_ERR_BACKEND', message)
}

function expanded(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path
}

/** What tmux is called where its description is installed; macOS has an older one only. */
function termOf({ HOME = '', TERMINFO = '', TERMINFO_DIRS = '' }: Environment): string {
  const folders = [
    TERMINFO,
    join(HOME, '.terminfo'),
    ...TERMINFO_DIRS.split(':'),
    '/etc/terminfo',
    '/lib/terminfo',
    '/usr/share/terminfo',
    '/usr/lib/terminfo',
  ].filter(isAbsolute)
  const isThere = folders.some(folder =>
    ['t', '74'].some(start => existsSync(join(folder, start, 'tmux-256color'))),
  )
  return isThere ? 'tmux-256color' : 'screen-256color'
}
