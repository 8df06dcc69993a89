import { signalName } from '../process-groups.ts'
import type { ProgramExit } from '../protocol.ts'
import { runTmux, type TmuxServer } from './server.ts'

/** Where a pane of ours leaves how its program ended, before it goes. */
const EXIT_OPTION = '@teleclaude-exit'

/** Runs in tmux when the program of a pane of ours has ended: notes how, and takes the pane away. */
export const WHEN_DEAD = `set-option -sF ${EXIT_OPTION} '#{pane_dead_status}:#{pane_dead_signal}' ; kill-pane`

/** How the program of a pane of ours ended; null if it has not. */
export async function endOfOurs(server: TmuxServer, pane: string): Promise<ProgramExit | null> {
  try {
    const noted = await runTmux(server, 'show-options', '-sqv', EXIT_OPTION)
    const end = exitOf(noted.trim())
    if (!end && (await isThere(server, pane))) return null
    // What a person still has there stays; without that nobody needs the server any more.
    await runTmux(server, 'set-option', '-s', 'exit-empty', 'on')
    // Somebody took the pane away, which hangs up on the program.
    return end ?? { exitCode: null, signal: 'SIGHUP' }
  } catch {
    return { exitCode: null, signal: null, failure: 'The tmux server of this session ended.' }
  }
}

/** How the program of an adopted pane ended, as far as tmux still knows; null if it has not. */
export async function endOfAdopted(server: TmuxServer, pane: string): Promise<ProgramExit | null> {
  const format = '#{pane_id} #{pane_dead} #{pane_dead_status}:#{pane_dead_signal}'
  const said = await runTmux(server, 'display-message', '-p', '-t', pane, format).catch(() => '')
  const [id, isDead, status = ''] = said.trim().split(' ')
  if (id === pane && isDead !== '1') return null
  return exitOf(status) ?? { exitCode: null, signal: null }
}

async function isThere(server: TmuxServer, pane: string): Promise<boolean> {
  const panes = await runTmux(server, 'list-panes', '-a', '-F', '#{pane_id}').catch(() => '')
  return panes.split('\n').includes(pane)
}

/** As tmux says it: `3:` or `:TERM`, before 3.4 `:15`. */
function exitOf(text: string): ProgramExit | null {
  const [, status, signal] = /^(\d*):(\w*)$/.exec(text) ?? []
  if (signal)
    return { exitCode: null, signal: /^\d+$/.test(signal) ? signalName(Number(signal)) : `SIG${signal}` }
  if (status) return { exitCode: Number(status), signal: null }
  // tmux 3.2 does not say by which signal a program ended.
  return text === ':' ? { exitCode: null, signal: 'a signal' } : null
}
