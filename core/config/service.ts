import { defineService } from '../host/service.ts'

/** A folder that sessions are often started in, as configured. */
export interface Project {
  readonly name: string
  /** Absolute. */
  readonly path: string
  readonly description: string
}

/** What the configuration says beyond the plugins. Provided by core. */
export interface ConfigFacts {
  /** The name of this computer. */
  readonly computer: string
  readonly projects: readonly Project[]
  /** The program of a session that names none; undefined where the terminal plugin is to choose. */
  readonly defaultShell?: string | undefined
  /** The folder of a session that names none; undefined for the home folder. */
  readonly defaultCwd?: string | undefined
}

/** The service key of {@link ConfigFacts}. */
export const ConfigService = defineService<ConfigFacts>('config')
