import { closest } from './closest.ts'
import type { Problem } from './problems.ts'
import { ENVIRONMENTS } from './schema.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Lays the overrides of one environment over the rest of a configuration. Objects are merged; lists are replaced.
 * What it says of environments is checked here; everything else by the schema, after merging.
 */
export function applyEnvironment(
  written: unknown,
  environment: string | null,
): { fields: Fields; problems: readonly Problem[] } {
  if (!isPlain(written)) return { fields: {}, problems: [wrong('', 'it is not an object')] }
  const { environments = {}, ...base } = written
  if (!isPlain(environments)) return { fields: base, problems: [wrong('environments', 'not an object')] }
  const problems = Object.entries(environments).flatMap(([name, fields]) => {
    if (!isEnvironment(name)) return [wrong('environments', unknownEnvironment(name))]
    return isPlain(fields) ? [] : [wrong(`environments.${name}`, 'not an object')]
  })
  if (environment && !isEnvironment(environment)) {
    problems.push(wrong('TELECLAUDE_ENV', unknownEnvironment(environment)))
  }
  const overrides = environment ? environments[environment] : undefined
  return { fields: isPlain(overrides) ? merge(base, overrides) : base, problems }
}

function merge(base: Fields, overrides: Fields): Fields {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(overrides)) {
    const under = base[key]
    merged[key] = isPlain(under) && isPlain(value) ? merge(under, value) : value
  }
  return merged
}

function isEnvironment(name: string): boolean {
  return ENVIRONMENTS.some(known => known === name)
}

function unknownEnvironment(name: string): string {
  const meant = closest(name, ENVIRONMENTS)
  return `'${name}' is none of ${ENVIRONMENTS.join(', ')}${meant ? `. Did you mean '${meant}'?` : ''}`
}

function wrong(path: string, message: string): Problem {
  return { path, message, code: 'TC_ERR_CONFIG_INVALID' }
}

/** An object literal, and no secret reference: those are replaced as a whole. */
function isPlain(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
