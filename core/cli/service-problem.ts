import type { ServiceState } from '../service/supervisor.ts'
import type { Cli } from './context.ts'

/** What is known of a service that is installed. */
export interface ServiceCircumstances {
  /** Why its supervisor cannot be asked; null where it can. */
  readonly whyNot: string | null
  /** Null where nobody can be asked. */
  readonly state: ServiceState | null
  /** The daemon on the state folder of whoever asks, whoever started it. */
  readonly daemon_pid: number | null
  /** Whether it is for that state folder. */
  readonly servesHere: boolean
}

export interface ServiceProblem {
  readonly what: string
  /** What it is good for, and what to type; empty where nothing here helps. */
  readonly fix: string
}

/** What keeps a service from being the daemon here, now and at every login. */
export function serviceProblem(
  { whyNot, state, daemon_pid, servesHere }: ServiceCircumstances,
  { commandLine, stateDir }: Pick<Cli, 'commandLine' | 'stateDir'>,
): ServiceProblem | null {
  const again = `${commandLine} service install`
  if (whyNot !== null) return { what: whyNot, fix: '' }
  if (!servesHere)
    return {
      what: `it is for another state folder than ${stateDir}`,
      fix: `To have it for this one: ${again}`,
    }
  if (state?.isEnabled === false) return { what: 'it does not start at login', fix: `Mend it: ${again}` }
  if (daemon_pid !== null && daemon_pid !== state?.pid) {
    const what = `the daemon that runs (process ${daemon_pid}) was not started by it`
    return { what, fix: `Hand over: ${again}` }
  }
  return state?.pid === null ? { what: 'it does not run', fix: `Start it: ${again}` } : null
}
