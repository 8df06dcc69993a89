import type { TmuxServer } from './server.ts'
import { runTmux } from './server.ts'

/** What is to be known of a pane before it is used. */
export interface PaneFacts {
  readonly pane: string
  /** `$2` */
  readonly session: string
  readonly server: string
  /** The process that tmux started in it. */
  readonly leader: number
  readonly cols: number
  readonly rows: number
  readonly isDead: boolean
  /** Its output goes to a pipe already. */
  readonly isPiped: boolean
  readonly tty: string
  /** Of the server, as `3.3a`. */
  readonly version: string
  readonly cwd: string
}

/** Nothing in it that a program could have chosen. */
export const FACTS =
  '#{pane_id} #{session_id} #{pid},#{start_time} #{pane_pid} #{pane_width} #{pane_height} #{pane_dead} #{pane_pipe} #{pane_tty} #{version}'

/** @throws with what tmux says: there is no server, or no such pane */
export async function paneFacts(server: TmuxServer, target: string): Promise<PaneFacts> {
  const format = `${FACTS}\n#{pane_current_path}`
  const said = await runTmux(server, 'display-message', '-p', '-t', target, format)
  const [line = '', ...path] = said.replace(/\n$/, '').split('\n')
  // tmux prints empty names, and no error, for some targets that are none.
  if (!line.startsWith('%')) throw new Error(`can't find pane: ${target}`)
  return { ...readFacts(line), cwd: path.join('\n') }
}

export function readFacts(line: string): PaneFacts {
  const [pane = '', session = '', server = '', leader, cols, rows, isDead, isPiped, tty = '', version = ''] =
    line.split(' ')
  return {
    pane,
    session,
    server,
    leader: Number(leader),
    cols: Number(cols),
    rows: Number(rows),
    isDead: isDead === '1',
    isPiped: isPiped === '1',
    tty,
    version,
    cwd: '',
  }
}
