import { REINSTALL, TeleclaudeError } from '../../../core/index.ts'
import { NO_NODE_PTY } from './protocol.ts'

/** What to type where node-pty does not load. */
export const NODE_PTY_FIX = `${REINSTALL}; it is compiled with python3, make and g++`

/** @param why completes "the terminal host does not answer: " */
export function hostError(why: string, cause?: unknown): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_TERMINAL_HOST',
    `The terminal host does not answer: ${why}. Try again; if it stays so, look at terminal/pty-host.log in the state folder.`,
    { cause },
  )
}

export function refusedBy(reason: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_TERMINAL_HOST', `The terminal host refuses this daemon: ${reason}.`)
}

export function cannotFork(message: string): TeleclaudeError {
  const advice = message.startsWith(NO_NODE_PTY)
    ? NODE_PTY_FIX
    : 'Try again; if it stays so, look at terminal/pty-host.log in the state folder.'
  return new TeleclaudeError(
    'TC_ERR_TERMINAL_HOST',
    `The terminal host could not start the program: ${message}. ${advice}`,
  )
}

export function cannotStart(message: string): TeleclaudeError {
  const advice = "Try again, or use another backend: 'pty' needs nothing installed."
  return new TeleclaudeError('TC_ERR_BACKEND', `The session could not be started in ${message}. ${advice}`)
}

export function cannotAdopt(message: string): TeleclaudeError {
  const advice =
    "List the panes that there are: tmux list-panes -a. If that has it, its server is on another socket: give --socket with what this prints: tmux display-message -p '#{socket_path}'"
  return new TeleclaudeError('TC_ERR_ADOPT', `The pane cannot be taken over: ${message}. ${advice}`)
}

export function tooOld(): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_BACKEND',
    'The terminal host that runs here was started by an older version, which does not know tmux. It ends when its last session does; close them, and try again.',
  )
}
