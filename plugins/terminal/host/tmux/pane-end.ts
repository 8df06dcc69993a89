import { signalName } from '../process-groups.ts'
import type { ProgramExit } from '../protocol.ts'
import type { PaneRecord } from './pane-record.ts'
import { runTmux, TmuxSilent } from './server.ts'

/** Where a pane of ours leaves how its program ended, before it goes. */
const EXIT_OPTION = '@teleclaude-exit'

/** tmux 3.2 does not say by which signal a program ended. */
const SOME_SIGNAL = 'a signal'

/** Runs in tmux when the program of a pane of ours has ended: notes how, and takes the pane away. */
export const WHEN_DEAD = `set-option -sF ${EXIT_OPTION} '#{pane_dead_status}:#{pane_dead_signal}' ; kill-pane`

/** A pane, and which run of the server it is on: a later one gives the same names again. */
type Pane = Pick<PaneRecord, 'program' | 'socket' | 'server' | 'pane'>

/** How the program of a pane of ours ended; null if it has not. @throws TmuxSilent */
export async function endOfOurs(pane: Pane): Promise<ProgramExit | null> {
  try {
    const noted = await runTmux(pane, 'show-options', '-sqv', EXIT_OPTION)
    const end = exitOf(noted.trim())
    if (!end && (await isThere(pane))) {
      // tmux 3.3a may have missed the end; that of another program makes it look, and it is known when asked again.
      await runTmux(pane, 'run-shell', '-b', 'true').catch(nothing)
      return null
    }
    // What a person still has there stays; without that nobody needs the server any more.
    await runTmux(pane, 'set-option', '-s', 'exit-empty', 'on')
    // Somebody took the pane away, which hangs up on the program.
    return end ?? { exitCode: null, signal: 'SIGHUP' }
  } catch (error) {
    if (error instanceof TmuxSilent) throw error
    return { exitCode: null, signal: null, failure: 'The tmux server of this session ended.' }
  }
}

/** How the program of an adopted pane ended, as far as tmux still knows; null if it has not. @throws TmuxSilent */
export async function endOfAdopted(pane: Pane): Promise<ProgramExit | null> {
  const format = `${PANE} #{pane_dead} #{pane_dead_status}:#{pane_dead_signal}`
  const said = await runTmux(pane, 'display-message', '-p', '-t', pane.pane, format).catch(nothing)
  const [server, id, isDead, status = ''] = said.trim().split(' ')
  const isSame = server === pane.server && id === pane.pane
  if (!isSame) return { exitCode: null, signal: null }
  if (isDead !== '1') return null
  return exitOf(status) ?? { exitCode: null, signal: null }
}

/** What attends a program says of a signal what shells say: 128 and its number. That it was ours is known here. */
export function asSignal(exit: ProgramExit, sent: 'SIGHUP' | 'SIGKILL'): ProgramExit {
  const { exitCode, signal } = exit
  if (signal === SOME_SIGNAL) return { exitCode: null, signal: sent }
  return exitCode === null || exitCode <= 128 ? exit : { exitCode: null, signal: signalName(exitCode - 128) }
}

const PANE = '#{pid},#{start_time} #{pane_id}'

async function isThere(pane: Pane): Promise<boolean> {
  const panes = await runTmux(pane, 'list-panes', '-a', '-F', PANE).catch(nothing)
  return panes.split('\n').includes(`${pane.server} ${pane.pane}`)
}

/** What tmux says of what it does not have, or when it is gone. */
function nothing(error: unknown): string {
  if (error instanceof TmuxSilent) throw error
  return ''
}

/** As tmux says it: `3:` or `:TERM`, before 3.4 `:15`. */
function exitOf(text: string): ProgramExit | null {
  const [, status, signal] = /^(\d*):(\w*)$/.exec(text) ?? []
  if (signal)
    return { exitCode: null, signal: /^\d+$/.test(signal) ? signalName(Number(signal)) : `SIG${signal}` }
  if (status) return { exitCode: Number(status), signal: null }
  return text === ':' ? { exitCode: null, signal: SOME_SIGNAL } : null
}
