import { TeleclaudeError } from '../errors.ts'
import type { ServiceSpec } from './spec.ts'

/** The release that learned to wait longer after each failure. */
const STEPS_SINCE = 254

/** A systemd user unit. @param version of systemd; null if it is not known, which leaves out what old ones complain of */
export function systemdUnit({ command, env, lastingFault }: ServiceSpec, version: number | null): string {
  const backsOff = version !== null && version >= STEPS_SINCE
  return [
    '[Unit]',
    'Description=TeleClaude, terminal sessions that agents and people share',
    'StartLimitIntervalSec=600',
    'StartLimitBurst=20',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${execLine(command)}`,
    'WorkingDirectory=/',
    ...Object.entries(env).map(([name, value]) => environmentLine(name, value)),
    '# The sessions are processes of their own, and go on without the daemon.',
    'KillMode=process',
    'OOMPolicy=continue',
    'TimeoutStopSec=75',
    'Restart=on-failure',
    ...(backsOff ? ['RestartSec=1', 'RestartSteps=8', 'RestartMaxDelaySec=300'] : ['RestartSec=10']),
    '# A fault of the configuration, which no restart cures.',
    `RestartPreventExitStatus=${lastingFault}`,
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n')
}

/** One assignment; `$` stands for itself there, `%` does not. */
export function environmentLine(name: string, value: string): string {
  return `Environment=${quoted(`${name}=${value}`)}`
}

/** What a unit of {@link systemdUnit} runs, and with what. */
export function runsInUnit(unit: string): Pick<ServiceSpec, 'command' | 'env'> {
  const [program = [], ...environment] = [/^ExecStart=.*$/m, /^Environment=.*$/gm]
    .flatMap(line => unit.match(line) ?? [])
    .map(wordsOf)
  const pairs = environment.flat().map(word => word.split(/=(.*)/s).slice(0, 2) as [string, string])
  return {
    command: program.map((word, at) => (at === 0 ? word : word.replaceAll('$$', '$'))),
    env: Object.fromEntries(pairs),
  }
}

/** The inverse of {@link quoted}, of each word in a line. */
function wordsOf(line: string): readonly string[] {
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t' }
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) =>
    word.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter).replaceAll('%%', '%'),
  )
}

function execLine([program = '', ...rest]: readonly string[]): string {
  if (/["'\\\t\n]/.test(program)) {
    throw new TeleclaudeError(
      'TC_ERR_INVALID_INPUT',
      `systemd can run no program whose path has a quote, a backslash or a line break, as ${JSON.stringify(program)} has. Install Node.js elsewhere.`,
    )
  }
  // Variables are put into arguments, not into the path of the program.
  return [quoted(program), ...rest.map(word => quoted(word).replaceAll('$', '$$$$'))].join(' ')
}

/** In double quotes, with C's escapes, and with the `%` of specifiers doubled. */
function quoted(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('%', '%%')
  return `"${escaped}"`
}
