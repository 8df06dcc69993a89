import { isTeleclaudeError } from '../errors.ts'

/** What the command line exits with. `run` exits with its command's own code instead, where there is one. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  notRunning: 3,
  lastingFault: 78,
  commandNotFound: 127,
  interrupted: 130,
} as const

/** The table as `--help` and docs/cli.md have it. */
export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'it failed; stderr says why'],
  ['2', 'wrong usage: an unknown command or option, or a bad value'],
  ['3', 'no daemon runs'],
  ['78', 'start, as a service: a fault that is there again at every start'],
  ['127', 'run: the command does not exist'],
  ['130', 'interrupted (Ctrl-C)'],
]

export function exitCodeOf(thrown: unknown): number {
  if (!isTeleclaudeError(thrown)) return EXIT.error
  if (thrown.code === 'TC_ERR_INVALID_INPUT') return EXIT.usage
  if (thrown.code === 'TC_ERR_NOT_RUNNING') return EXIT.notRunning
  if (thrown.code === 'TC_ERR_CANCELLED') return EXIT.interrupted
  return EXIT.error
}
