import type { Finding } from '../../../core/index.ts'
import type { Environment } from '../shell/login-environment.ts'
import { foundIn } from '../shell/program.ts'
import { isOlder, versionOf } from './versions.ts'

const name = 'tmux'
/** Older ones lack what control mode needs. */
export const OLDEST_TMUX = '3.2'

/** The version of tmux, where there is one. It is needed by nobody who does not ask for it. */
export async function checkTmux(env: Environment): Promise<Finding> {
  const [tmux] = await foundIn(env.PATH ?? '', ['tmux'])
  if (!tmux) return { name, state: 'ok', message: 'not installed; only sessions in tmux need it' }
  try {
    const version = await versionOf(tmux, '-V', env)
    if (version !== null && isOlder(version, OLDEST_TMUX)) {
      const message = `${version} is older than ${OLDEST_TMUX}: sessions cannot run in it`
      return { name, state: 'warn', message, fix: 'Install a newer tmux; sessions without it work' }
    }
    return { name, state: 'ok', message: version ?? 'of an unknown version' }
  } catch {
    return {
      name,
      state: 'warn',
      message: 'does not run: it was asked for its version in vain',
      fix: 'Install tmux again',
    }
  }
}
