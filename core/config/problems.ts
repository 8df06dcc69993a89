import type { z } from 'zod'
import { type ErrorCode, TeleclaudeError } from '../errors.ts'

const INVALID = 'TC_ERR_CONFIG_INVALID'

/** One thing that is wrong with a configuration. */
export interface Problem {
  /** Where: `plugins.redis.url`, `projects[0].path`; empty for the whole. */
  readonly path: string
  /** What is wrong and what to do, as a sentence without its full stop. */
  readonly message: string
  readonly code: ErrorCode
}

/** Throws if there are problems: one error that lists them all, with the code they share or TC_ERR_CONFIG_INVALID. */
export function throwProblems(problems: readonly Problem[], source: string | null = null): void {
  const [first] = problems
  if (!first) return
  const code = problems.every(p => p.code === first.code) ? first.code : 'TC_ERR_CONFIG_INVALID'
  const lines = problems.map(({ path, message }) => `  ${path ? `${path}: ` : ''}${message}`)
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  const head = `the configuration${source ? ` in ${source}` : ''} has ${count}:`
  throw new TeleclaudeError(code, [head, ...lines].join('\n'))
}

/** What zod found, with paths that begin with `prefix`. A custom issue may say its code in `params.code`. */
export function problemsOf(error: z.ZodError, prefix: string): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const code = issue.code === 'custom' && issue.params?.code === 'TC_ERR_SECRET' ? 'TC_ERR_SECRET' : INVALID
    if (issue.code !== 'unrecognized_keys') {
      return [{ path: formatPath(prefix, issue.path), message: messageOf(issue), code }]
    }
    return issue.keys.map(key => ({
      path: formatPath(prefix, [...issue.path, key]),
      message: 'there is no such field',
      code,
    }))
  })
}

/** Of what may be one thing or another, zod only says that it is neither. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue.message
  const ways = issue.errors.map(([first]) => (first ? messageWithin(first) : issue.message))
  return [...new Set(ways)].join(', or ')
}

function messageWithin(issue: z.core.$ZodIssue): string {
  const within = formatPath('', issue.path)
  return within ? `${within}: ${messageOf(issue)}` : messageOf(issue)
}

/** `formatPath('plugins.redis', ['hosts', 0])` is `plugins.redis.hosts[0]`. */
export function formatPath(prefix: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((at, key) => {
    if (typeof key === 'number') return `${at}[${key}]`
    return at ? `${at}.${String(key)}` : String(key)
  }, prefix)
}
