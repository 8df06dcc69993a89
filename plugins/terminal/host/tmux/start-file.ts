import { join } from 'node:path'
import type { SpawnRequest, TmuxSettings } from '../protocol.ts'
import { attended } from './attendant.ts'
import { FACTS } from './facts.ts'
import { WHEN_DEAD } from './pane-end.ts'
import type { PanePipe } from './pane-pipe.ts'
import { quoted } from './quoted.ts'

/** What the names of these files end with. */
export const START = '.start'

/** It is there until the pane is written down: a host that is killed before leaves it to the next one. */
export function startPath(folder: string, id: string): string {
  return join(folder, `${id}${START}`)
}

/** Before the facts of the pane, when it is there. */
export const STARTED = 'started '

/** As much as a screen or two more than a person looks back; the journal has the rest. */
const HISTORY_LINES = 2000
/** Longer than any client is ever behind, so that tmux does not throw ours out after its five minutes. */
const NEVER_BEHIND_S = 4_000_000
/** An Escape that a person presses is not made to wait for what might follow. */
const ESCAPE_MS = 20

/**
 * What a new tmux server is to do: read from a file, because an argument would be cut at 16 KiB and seen by everybody.
 * The pane's output is piped before anything of it can have been read.
 */
export function startCommands(request: SpawnRequest, settings: TmuxSettings, pipe: PanePipe): string {
  const { id, cols, rows, env, file, args } = request
  const commands = [
    `# ${JSON.stringify(settings.program)}`,
    ...(settings.config === null ? [`set-option -s escape-time ${ESCAPE_MS}`] : []),
    `set-option -s default-terminal ${quoted(settings.term)}`,
    // Asked for how the program ended before it goes.
    'set-option -s exit-empty off',
    'set-option -s exit-unattached off',
    'set-option -g destroy-unattached off',
    `set-option -g window-size ${settings.windowSize}`,
    `set-option -g history-limit ${HISTORY_LINES}`,
    ...(env.SHELL ? [`set-option -g default-shell ${quoted(env.SHELL)}`] : []),
    `new-session -E -s ${id} -x ${cols} -y ${rows} -- ${attended(file, args).map(quoted).join(' ')}`,
    'set-option -p remain-on-exit on',
    `set-hook -p pane-died ${quoted(WHEN_DEAD)}`,
    `pipe-pane -O ${quoted(pipe.command)}`,
    `display-message -p ${quoted(`${STARTED}${FACTS}`)}`,
    `refresh-client -C ${cols},${rows}`,
    `refresh-client -f pause-after=${NEVER_BEHIND_S}`,
    // What a person opens beside it is not this session, and does not speak for it.
    ...Object.keys(env)
      .filter(name => name.startsWith('TELECLAUDE_'))
      .map(name => `set-environment -gu ${quoted(name)}`),
  ]
  return `${commands.join('\n')}\n`
}

/** The tmux that was to read this file. */
export function programIn(commands: string): string | null {
  const [, program] = /^# ("[^\n]*")\n/.exec(commands) ?? []
  return program === undefined ? null : (JSON.parse(program) as string) // written above
}
