import { z } from 'zod'
import type { ConfiguredPlugin } from '../host/plugin.ts'
import { MIN_SECRET_LENGTH } from '../mesh/mesh-secret.ts'
import { SCOPE } from '../principal.ts'
import { computerName } from './computer-name.ts'
import { secret } from './secret.ts'

const MIB = 1024 * 1024
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** What runs where nothing is configured; none of it needs a server. */
export const DEFAULT_PLUGINS: readonly string[] = ['terminal', 'registry', 'mcp']

const SCOPE_HINT = "a scope is written area:verb, e.g. 'sessions:read'"

const project = z.strictObject({
  /** As agents and people name it. */
  name: z.string().min(1).max(100),
  /** Its folder; relative to the configuration's, `~` is the home folder. */
  path: z.string().min(1),
  description: z.string().default(''),
})

const RESTORED = ['none', 'shells', 'all'] as const
/** A plugin may bring kinds of its own, but none that is called as these are, which stand for several. */
const isKind = (name: string) => !RESTORED.some(word => word === name)

const sessions = z.strictObject({
  /** Which sessions are started again after a restart of the computer: all shells, all, or those of the kinds that are true. */
  restore: z
    .union([
      z.enum(RESTORED),
      z
        .record(z.string(), z.boolean(), { error: 'kinds, as in { shell: true }' })
        .refine(kinds => Object.keys(kinds).every(isKind), {
          error: `${RESTORED.join(', ')} are written alone; a kind of session is as in { shell: true }`,
        }),
    ])
    .default('none'),
})

const retention = z.strictObject({
  /** How much of its newest output a live session keeps, in bytes. */
  liveBytes: z
    .int()
    .min(64 * 1024)
    .default(16 * MIB),
  /** How long a closed session can still be read, in days. */
  closedDays: z.number().min(0).default(7),
  /** How much all sessions together keep, in bytes; the oldest closed ones go first. */
  totalBytes: z
    .int()
    .min(MIB)
    .default(1024 * MIB),
})

const log = z.strictObject({
  level: z.enum(LOG_LEVELS).default('info'),
  /** Levels of single plugins, by name. */
  plugins: z.record(z.string(), z.enum(LOG_LEVELS)).default({}),
})

const mesh = z.strictObject({
  /** Shared by all computers that may know each other; at least 32 characters. */
  secret: secret()
    .refine(value => value.length >= MIN_SECRET_LENGTH, {
      error: `a mesh secret has at least ${MIN_SECRET_LENGTH} characters; 'teleclaude init' makes one`,
    })
    .optional(),
  newPeers: z
    .strictObject({
      /** What a computer that was not seen before may do; `'*'` is everything. */
      allow: z.union([z.literal('*'), z.array(z.string().regex(SCOPE, SCOPE_HINT))]).default('*'),
    })
    .prefault({}),
  /** After how many days a computer that does not announce itself any more is forgotten, with its key. */
  forgetAfterDays: z.number().min(1).default(30),
})

/** A plugin as a configuration names it: called, or by the name of its module, alone or with options. */
export type PluginEntry = ConfiguredPlugin | string | readonly [module: string, options: unknown]

/** Checks one entry of `plugins`. */
export const pluginEntry = z.custom<PluginEntry>(isPluginEntry, { error: issue => notAPlugin(issue.input) })

/** What a configuration may say. Every field has a default; unknown fields are refused. */
export const configSchema = z.strictObject({
  computer: z
    .strictObject({
      /** Unique among all computers; default: the host's short name. */
      name: computerName.optional(),
    })
    .prefault({}),
  /** What runs, in order of preference. */
  plugins: z.array(pluginEntry).default([...DEFAULT_PLUGINS]),
  /** The shell of new sessions: a name on PATH or a path; default: the user's login shell if it marks its prompts, else the first here that does. */
  defaultShell: z.string().min(1).optional(),
  /** Where new sessions start; relative to the configuration's folder; default: the home folder. */
  defaultCwd: z.string().min(1).optional(),
  /** Folders that agents are told of. */
  projects: z.array(project).default([]),
  log: log.prefault({}),
  retention: retention.prefault({}),
  sessions: sessions.prefault({}),
  mesh: mesh.prefault({}),
})

/** A configuration after validation. */
export type ParsedConfig = z.output<typeof configSchema>

type Fields = Omit<z.input<typeof configSchema>, 'plugins'> & {
  /** What runs: `[terminal(), redis({ url })]`, or names, or names with options. */
  plugins?: readonly PluginEntry[]
}

export const ENVIRONMENTS = ['production', 'staging', 'development'] as const
export type Environment = (typeof ENVIRONMENTS)[number]

/** What a configuration file exports. */
export type TeleclaudeConfig = Fields & {
  /** Overrides, chosen by `TELECLAUDE_ENV`. Objects are merged; lists, `plugins` too, are replaced. */
  environments?: Partial<Record<Environment, Fields>>
}

/**
 * Types a configuration; returns it as it is.
 *
 * @example export default defineConfig({ plugins: [terminal(), registry(), mcp()] })
 */
export function defineConfig(config: TeleclaudeConfig): TeleclaudeConfig {
  return config
}

function isPluginEntry(value: unknown): value is PluginEntry {
  if (typeof value === 'string') return value !== ''
  if (Array.isArray(value)) return value.length <= 2 && typeof value[0] === 'string'
  return typeof value === 'object' && value !== null && 'definition' in value && 'options' in value
}

function notAPlugin(value: unknown): string {
  if (typeof value === 'function' && 'definition' in value) {
    return "a plugin that was not called. Write it with parentheses: 'terminal()', not 'terminal'"
  }
  return "not a plugin. Write a call like terminal(), a name like 'terminal', or a name with options like ['redis', { … }]"
}
