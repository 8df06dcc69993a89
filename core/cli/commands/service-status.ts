import { supervisorHere } from '../../service/installed.ts'
import { inspectFile } from '../../service/sealed-file.ts'
import { readStartFault, type StartFault } from '../../service/start-fault.ts'
import type { Supervisor } from '../../service/supervisor.ts'
import type { Cli } from '../context.ts'
import { daemonStatusIfRunning } from '../daemon-status.ts'
import { EXIT } from '../exit-codes.ts'
import { renderFacts } from '../render/facts.ts'
import { serviceProblem } from '../service-problem.ts'
import type { ParsedVerb } from '../verb.ts'

export const serviceStatus: ParsedVerb = {
  configure(command) {
    command
      .option('--json', 'print it as one JSON object')
      .addHelpText('after', '\nExits with 0 when the service runs, 3 when there is none, 1 otherwise.')
  },
  async run({ options }, cli) {
    const found = await look(await supervisorHere(cli.env, cli.clock), cli)
    await cli.print(options.json === true ? `${JSON.stringify(found)}\n` : render(found, cli))
    if (found.file_state === 'absent') return EXIT.notRunning
    return found.pid !== null && found.problem === null ? EXIT.ok : EXIT.error
  },
}

interface Found {
  readonly supervisor: string
  readonly file: string
  readonly file_state: ReturnType<typeof inspectFile>['state']
  /** Whether it starts at login; null where nobody can be asked. */
  readonly enabled: boolean | null
  readonly activity: string | null
  readonly pid: number | null
  /** The daemon on the state folder of whoever asks, whoever started it. */
  readonly daemon_pid: number | null
  readonly last_failure: { readonly at: string; readonly code: string; readonly message: string } | null
  readonly problem: string | null
  readonly hint: string | null
}

async function look(supervisor: Supervisor, cli: Cli): Promise<Found> {
  const { state: file_state, text } = inspectFile(supervisor.file)
  const whyNot = await supervisor.whyNot()
  const state = whyNot === null && file_state !== 'absent' ? await supervisor.state() : null
  const daemon_pid = (await daemonStatusIfRunning(cli))?.pid ?? null
  const servesHere = file_state === 'absent' || supervisor.serves(text, cli.stateDir)
  const problem =
    file_state === 'absent' ? null : serviceProblem({ whyNot, state, daemon_pid, servesHere }, cli)
  return {
    supervisor: supervisor.name,
    file: supervisor.file,
    file_state,
    enabled: state?.isEnabled ?? null,
    activity: state?.activity ?? null,
    pid: state?.pid ?? null,
    daemon_pid,
    last_failure: failureOf(readStartFault(cli.stateDir)),
    problem: problem && [problem.what, ...(problem.fix ? [problem.fix] : [])].join('. '),
    hint: state === null ? null : await supervisor.hint(),
  }
}

function failureOf(fault: StartFault | null): Found['last_failure'] {
  if (fault === null) return null
  const { code, message } = fault.error
  return { at: new Date(fault.at).toISOString(), code, message }
}

/** A fault may be a list, a line each. */
function inWords({ at, message, code }: NonNullable<Found['last_failure']>): string {
  return `${at} ${message
    .split('\n')
    .map(line => line.trim())
    .join(' ')} (${code})`
}

function render(found: Found, cli: Cli): string {
  if (found.file_state === 'absent')
    return `There is no service: no ${found.file}. Make one: ${cli.commandLine} service install\n`
  const { activity, pid, last_failure } = found
  return renderFacts(
    {
      service: activity === null ? null : `${activity}${pid === null ? '' : `, process ${pid}`}`,
      file: found.file,
      written: WRITTEN[found.file_state],
      'at login': found.enabled === null ? null : found.enabled ? 'starts' : 'does not start',
      problem: found.problem,
      'last failure': last_failure && inWords(last_failure),
      hint: found.hint,
    },
    cli,
  )
}

const WRITTEN = {
  absent: null,
  ours: 'by this program',
  edited: 'by this program, and edited since',
  foreign: 'not by this program',
} as const
