import { type Clock, systemClock } from '../clock.ts'
import { inspectFile } from './sealed-file.ts'
import type { Supervisor } from './supervisor.ts'

type Env = Readonly<Record<string, string | undefined>>

/** What keeps services running on this computer. */
export async function supervisorHere(env: Env, clock: Clock = systemClock): Promise<Supervisor> {
  if (process.platform === 'darwin') return (await import('./launchd.ts')).launchd(env, clock)
  return (await import('./systemd.ts')).systemd(env)
}

/** The supervisor, if it has a service for this state folder and can be asked; null otherwise. */
export async function installedService(supervisor: Supervisor, stateDir: string): Promise<Supervisor | null> {
  const { state, text } = inspectFile(supervisor.file)
  const isOurs = state === 'ours' || state === 'edited'
  if (!isOurs || !supervisor.serves(text, stateDir)) return null
  return (await supervisor.whyNot()) === null ? supervisor : null
}
