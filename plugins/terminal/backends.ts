import { TeleclaudeError } from '../../core/index.ts'

/** What can run a terminal here. */
export const BACKENDS = ['pty', 'tmux'] as const

export type Backend = (typeof BACKENDS)[number]

/** The backend of that name; `fallback` where none is named. @throws TC_ERR_BACKEND */
export function backendOf(name: string, fallback: Backend): Backend {
  if (name === '') return fallback
  const backend = BACKENDS.find(one => one === name)
  if (backend) return backend
  throw new TeleclaudeError(
    'TC_ERR_BACKEND',
    `There is no backend '${name.slice(0, 40)}' for terminals. There are: ${BACKENDS.join(', ')}.`,
  )
}
