import { AsyncLocalStorage } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../errors.ts'

/** Refers to the secret in an environment variable. In JSON: `{ "env": "NAME" }`. */
export interface EnvSecret {
  readonly env: string
}

/** Refers to the secret in a file, without its last newline. In JSON: `{ "file": "path" }`. */
export interface FileSecret {
  readonly file: string
}

export type SecretRef = EnvSecret | FileSecret

/**
 * Refers to an environment variable, or to a line of the `.env` file beside the configuration.
 *
 * @example telegram({ token: env('TELEGRAM_BOT_TOKEN') })
 */
export function env(name: string): EnvSecret {
  return { env: name }
}

/**
 * Refers to a file that holds a secret. A relative path starts at the configuration's folder, `~` is the home folder.
 *
 * @example redis({ url: file('~/.config/teleclaude/redis-url') })
 */
export function file(path: string): FileSecret {
  return { file: path }
}

/** Where secrets come from while a configuration is validated. */
export interface SecretSource {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative `file` paths start here. */
  readonly dir: string
  /** Whether a secret may stand in the configuration itself: only if nobody else can read that. */
  readonly allowsLiterals: boolean
  /** The configuration's path, for messages. */
  readonly config?: string | null
  /** Every secret that was resolved, for the log to black out. */
  readonly revealed: Set<string>
}

const current = new AsyncLocalStorage<SecretSource>()

/** Runs `parse`, in which {@link secret} fields take their values from `source`. */
export function withSecrets<T>(source: SecretSource, parse: () => T): T {
  return current.run(source, parse)
}

const reference = z.union([
  z.string(),
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
])

/**
 * The schema of an option that is, or holds, a secret: a password, a token, a URL with a password in it. Takes
 * {@link env}, {@link file}, or in a configuration file that only its owner can read, the secret itself. Parses to the
 * secret; the value appears in no error.
 *
 * @example options: z.strictObject({ token: secret() })
 */
export function secret(): z.ZodType<string, string | SecretRef> {
  return reference.transform((value, context) => {
    const source = current.getStore() ?? processSource()
    const { found, problem } = typeof value === 'string' ? literal(value, source) : lookUp(value, source)
    if (found) {
      source.revealed.add(found)
      return found
    }
    context.addIssue({ code: 'custom', message: problem, params: { code: 'TC_ERR_SECRET' } })
    return z.NEVER
  })
}

type Answer = { found: string; problem?: never } | { found?: never; problem: string }

function literal(value: string, source: SecretSource): Answer {
  if (value === '') return { problem: 'the secret is empty' }
  if (source.allowsLiterals) return { found: value }
  const config = source.config ? ` ${source.config}` : ' the configuration'
  return {
    problem: `a secret stands in a file that others may read. Use env('NAME') or file('path'), or: chmod 600${config}`,
  }
}

function lookUp(ref: SecretRef, source: SecretSource): Answer {
  if ('env' in ref) {
    const found = source.env[ref.env]
    if (found) return { found }
    return {
      problem: `the environment variable ${ref.env} is not set. Set it, or write ${ref.env}=… to ${resolve(source.dir, '.env')}`,
    }
  }
  try {
    const found = readFileSync(secretPath(ref.file, source.dir), 'utf8').replace(/\r?\n$/, '')
    return found ? { found } : { problem: `the file ${ref.file} is empty` }
  } catch (error) {
    return {
      problem: `the file ${ref.file} cannot be read: ${messageOf(error)}. Write the secret there, or correct the path`,
    }
  }
}

/** The file that a reference names. */
export function secretPath(path: string, dir: string): string {
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(dir, path)
}

/** Where secrets come from outside a configuration, as in a test of one plugin: the process's environment, and literals. */
export function processSource(): SecretSource {
  return { env: process.env, dir: process.cwd(), allowsLiterals: true, revealed: new Set() }
}
