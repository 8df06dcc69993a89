import { type CheckupContext, type Clock, checkNativeModule, type Finding } from '../../../core/index.ts'
import { NODE_PTY_FIX } from '../host/host-errors.ts'
import { loginEnvironment, PROFILE_LIMIT_MS } from '../shell/login-environment.ts'
import { removeSecrets } from '../shell/secret-file.ts'
import { checkPtyHost } from './pty-host.ts'
import { checkShell } from './shells.ts'
import { checkTmux, type TmuxOptions } from './tmux.ts'

type Look = Pick<CheckupContext, 'clock' | 'stateDir' | 'defaultShell' | 'commandLine'>

/** What keeps sessions from a terminal, a shell, or the exact end of a command. */
export async function checkTerminal(
  options: TmuxOptions,
  look: Look,
  daemon: NodeJS.ProcessEnv = process.env,
): Promise<readonly Finding[]> {
  const { clock, stateDir, defaultShell } = look
  const [native, { login, profile }, host] = await Promise.all([
    checkNodePty(),
    timedLogin(daemon, clock),
    checkPtyHost(stateDir, look),
  ])
  const [{ program, findings }, tmux] = await Promise.all([
    checkShell(login, defaultShell),
    checkTmux(options, login),
  ])
  const found = [...profile, ...findings, tmux, ...host]
  try {
    if (native === null) return found
    if (native.state !== 'ok' || !program?.secret) return [{ name: 'node-pty', ...native }, ...found]
    // Loaded here only now, when it is known not to end this process.
    const { checkRcFiles } = await import('./rc-files.ts')
    return [{ name: 'node-pty', ...native }, ...found, await checkRcFiles(program, look)]
  } finally {
    if (program?.secretFile) removeSecrets(program.secretFile)
  }
}

function checkNodePty() {
  return checkNativeModule({
    name: 'node-pty',
    use: "pty => (typeof pty.native.fork === 'function' ? 'loads' : 'loads in part')",
    fix: NODE_PTY_FIX,
    from: import.meta.url,
  })
}

async function timedLogin(daemon: NodeJS.ProcessEnv, clock: Clock) {
  const begun = clock.monotonic()
  const login = await loginEnvironment(daemon, clock)
  return { login, profile: judgeProfile(clock.monotonic() - begun) }
}

function judgeProfile(ms: number): readonly Finding[] {
  if (ms < PROFILE_LIMIT_MS) return []
  const message = `the profile of your login shell does not finish within ${PROFILE_LIMIT_MS / 1000} s: sessions get a plain PATH, and nothing that it sets`
  const fix = 'See what waits in ~/.profile, ~/.bash_profile or ~/.zprofile: time $SHELL -lc true'
  return [{ name: 'profile', state: 'warn', message, fix }]
}
