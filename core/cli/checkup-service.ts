import { existsSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import { withDeadline } from '../clock.ts'
import type { DaemonStatus } from '../daemon-service.ts'
import { type Finding, type Look, ok, warn } from '../host/finding.ts'
import { supervisorHere } from '../service/installed.ts'
import { inspectFile } from '../service/sealed-file.ts'
import type { Supervisor } from '../service/supervisor.ts'
import type { Cli } from './context.ts'
import { specFor } from './service.ts'
import { serviceProblem } from './service-problem.ts'

/** systemd and launchd answer at once, or hang. */
const ANSWER_MS = 5000
/** These are of each terminal its own, and decide little: sessions have what a login shell gives them. */
const OF_A_TERMINAL = ['PATH', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ']

/** Whether the daemon's service, where there is one, still starts this program, and runs. */
export async function checkService(cli: Cli, status: DaemonStatus | null): Look {
  const supervisor = await supervisorHere(cli.env, cli.clock)
  const { file } = supervisor
  // Where it may not be looked at, as in a home folder of somebody else, it is no service of this user.
  if (!existsSync(dirname(file))) return null
  const found = inspectFile(file)
  const again = `${cli.commandLine} service install`
  if (found.state === 'absent') return null
  if (found.state === 'foreign')
    return warn(`${file} is not what this program wrote`, `To replace it: ${again} --force`)
  if (!supervisor.serves(found.text, cli.stateDir)) return ok(`${file} is for another state folder`)
  const edited: Remark = {
    state: 'warn',
    what: `${file} was edited by hand`,
    fix: `To have it written anew: ${again} --force`,
  }
  const remarks = [
    ...(found.state === 'edited' ? [edited] : await drift(supervisor, found.text, cli)),
    ...(await condition(supervisor, status, cli)),
  ]
  return summary(remarks)
}

interface Remark {
  readonly state: Finding['state']
  readonly what: string
  readonly fix?: string
}

/** The worst decides; what to type is of the worst that says it. */
function summary(remarks: readonly Remark[]): Omit<Finding, 'name'> {
  const sorted = (['fail', 'warn', 'ok'] as const).flatMap(level =>
    remarks.filter(one => one.state === level),
  )
  const fix = sorted.find(one => one.fix)?.fix
  return {
    state: sorted[0]?.state ?? 'ok',
    message: sorted.map(({ what }) => what).join('\n'),
    ...(fix && { fix }),
  }
}

/** What its file says otherwise than one that was written now. */
async function drift(supervisor: Supervisor, text: string, cli: Cli): Promise<readonly Remark[]> {
  const { command, env } = supervisor.runs(text)
  const fix = `${cli.commandLine} service install`
  const gone = command.filter(word => isAbsolute(word) && !existsSync(word))
  if (gone.length > 0) {
    const what = `it cannot start any more: ${gone.join(', ')} is gone, moved or renamed`
    return [{ state: 'fail', what, fix }]
  }
  const now = specFor(supervisor, configIn(command), cli)
  if ((await supervisor.render(now)) === text) return []
  const [others, here] = [command, now.command].map((words, at, both) =>
    words.filter(word => !both[1 - at]?.includes(word)),
  )
  if (others?.length || here?.length) {
    const what = `it starts ${named(others)}, and this program is ${named(here)}`
    return [{ state: 'warn', what, fix }]
  }
  const names = Object.keys({ ...env, ...now.env }).filter(name => env[name] !== now.env[name])
  if (names.length === 0) return [{ state: 'warn', what: 'this version would write its file otherwise', fix }]
  const isOfTerminal = names.every(name => OF_A_TERMINAL.includes(name))
  const what = `it was installed with another ${names.join(', ')} than is set here`
  return [isOfTerminal ? { state: 'ok', what } : { state: 'warn', what, fix }]
}

function named(words: readonly string[] = []): string {
  return words.length === 0 ? 'nothing else' : words.join(' ')
}

function configIn(command: readonly string[]): string | null {
  const at = command.indexOf('--config')
  return at < 0 ? null : (command[at + 1] ?? null)
}

/** How its supervisor says that it is. */
async function condition(
  supervisor: Supervisor,
  status: DaemonStatus | null,
  cli: Cli,
): Promise<readonly Remark[]> {
  const asking = askAll(supervisor)
  const late = () => new Error('it does not answer')
  const { whyNot, state, hint } = await withDeadline(cli.clock, asking, ANSWER_MS, late).catch(
    (error: Error) => ({ whyNot: error.message, state: null, hint: null }),
  )
  if (whyNot !== null) {
    const what = `${supervisor.name} cannot be asked: ${whyNot}`
    return [{ state: 'warn', what, fix: `Where it answers: ${supervisor.toType.load.join(' && ')}` }]
  }
  const daemon_pid = status?.pid ?? null
  const problem = serviceProblem({ whyNot, state, daemon_pid, servesHere: true }, cli)
  const activity = {
    state: 'ok' as const,
    what: `${state?.activity}${state?.pid ? `, process ${state.pid}` : ''}`,
  }
  return [
    ...(problem ? [{ state: 'warn' as const, ...problem }] : []),
    activity,
    ...(hint === null ? [] : [{ state: 'ok' as const, what: hint }]),
  ]
}

async function askAll(supervisor: Supervisor) {
  const whyNot = await supervisor.whyNot()
  if (whyNot !== null) return { whyNot, state: null, hint: null }
  const [state, hint] = await Promise.all([supervisor.state(), supervisor.hint()])
  return { whyNot, state, hint }
}
