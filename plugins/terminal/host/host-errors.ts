import { TeleclaudeError } from '../../../core/index.ts'

/** @param why completes "the terminal host does not answer: " */
export function hostError(why: string, cause?: unknown): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_TERMINAL_HOST',
    `The terminal host does not answer: ${why}. Try again; if it stays so, look at pty-host.log in the state folder.`,
    { cause },
  )
}

export function refusedBy(reason: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_TERMINAL_HOST', `The terminal host refuses this daemon: ${reason}.`)
}

export function cannotFork(message: string): TeleclaudeError {
  return hostError(`it could not start the program: ${message}`)
}

export function cannotStart(message: string): TeleclaudeError {
  const advice = "Try again, or use another backend: 'pty' needs nothing installed."
  return new TeleclaudeError('TC_ERR_BACKEND', `The session could not be started in ${message}. ${advice}`)
}

export function cannotAdopt(message: string): TeleclaudeError {
  const advice = 'List the panes that there are: tmux list-panes -a'
  return new TeleclaudeError('TC_ERR_ADOPT', `The pane cannot be taken over: ${message}. ${advice}`)
}

export function tooOld(): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_BACKEND',
    'The terminal host that runs here was started by an older version, which does not know tmux. It ends when its last session does; close them, and try again.',
  )
}
