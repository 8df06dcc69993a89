import type { Finding } from '../../../core/index.ts'
import type { TerminalOptions } from '../options.ts'
import type { Environment } from '../shell/login-environment.ts'
import { foundIn } from '../shell/program.ts'
import { OLDEST_TMUX } from '../tmux/find-tmux.ts'
import { isOlder, versionOf } from './versions.ts'

const name = 'tmux'
const INSTALL = 'apt install tmux, or brew install tmux'

export type TmuxOptions = Pick<TerminalOptions, 'backend' | 'tmuxProgram'>

/** The version of tmux, where there is one. It is needed by nobody who does not ask for it. */
export async function checkTmux({ backend, tmuxProgram }: TmuxOptions, env: Environment): Promise<Finding> {
  // Where it is only asked for by name, everything else works.
  const state = backend === 'tmux' ? 'fail' : 'warn'
  const fix = `${INSTALL}${tmuxProgram || state === 'fail' ? '; or see to backend and tmuxProgram of the terminal plugin' : ''}`
  const [program = tmuxProgram] = tmuxProgram ? [] : await foundIn(env.PATH ?? '', ['tmux'])
  if (!program && backend === 'tmux')
    return { name, state, message: `is in no folder of PATH (${env.PATH}), and every session needs it`, fix }
  if (!program) return { name, state: 'ok', message: 'not installed; only sessions in tmux need it' }
  try {
    const version = await versionOf(program, '-V', env)
    if (version === null || !isOlder(version, OLDEST_TMUX))
      return { name, state: 'ok', message: version ?? 'of an unknown version' }
    const message = `${version} is older than ${OLDEST_TMUX}: sessions cannot run in it`
    return { name, state, message, fix: `Install a newer one: ${fix}` }
  } catch {
    const message = `${program} does not run: it was asked for its version in vain`
    return { name, state, message, fix: `Install it again: ${fix}` }
  }
}
