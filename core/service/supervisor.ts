import type { ServiceSpec } from './spec.ts'

/** What keeps the daemon running: systemd, or launchd. */
export interface Supervisor {
  readonly name: 'systemd' | 'launchd'
  /** The file that tells it of the service. */
  readonly file: string
  /** That file, sealed. */
  render(spec: ServiceSpec): Promise<string>
  /** What a file of the service runs, and with what; empty where it cannot be read. */
  runs(text: string): Pick<ServiceSpec, 'command' | 'env'>
  /** Whether a file of the service is for this state folder. */
  serves(text: string, stateDir: string): boolean
  /** Why it cannot be asked for anything here; null where it can. */
  whyNot(): Promise<string | null>
  /** Takes the file as it is now, starts the service at every login from now on, and starts it now; one that runs with another file is restarted. */
  load(change: { readonly isChanged: boolean }): Promise<void>
  /** Starts the service if it does not run. Settles before the daemon is ready. */
  start(): Promise<void>
  /** Ends the service, now and for all logins; the file is still there. */
  unload(): Promise<void>
  /** To be called once the file is gone; does what can be done, whether or not it can be asked. */
  forget(): Promise<void>
  state(): Promise<ServiceState>
  /** What the user may want to do besides. */
  hint(): Promise<string | null>
  /** For people, where {@link whyNot} keeps this program from doing it. */
  readonly toType: { readonly load: readonly string[]; readonly unload: readonly string[] }
  /** What shows what the service printed. */
  readonly outputCommand: string
}

export interface ServiceState {
  /** Whether it starts at every login. */
  readonly isEnabled: boolean
  /** In the supervisor's own words: `active (running)`. */
  readonly activity: string
  readonly pid: number | null
  /** It has ended and is not started again. */
  readonly hasGivenUp: boolean
}
