import type { z } from 'zod'
import { TeleclaudeError } from '../errors.ts'
import type { AnyOperation } from '../operations/operation.ts'
import { objectsWithin } from './objects-within.ts'

/** Longer lists are no answer of ours; each element that is wrong costs memory to say so. */
const MAX_ELEMENTS = 10_000
/** Of what is wrong with an answer this much is enough to recognise it. */
const MAX_PROBLEM_CHARS = 200

/**
 * The result that another computer says an operation has. Fields that this version does not know are dropped, for its
 * program may be a newer one. `value` was read from the wire and belongs to nobody else: it may be changed.
 * @throws TC_ERR_PROTOCOL
 */
export function parseResult(
  operation: Pick<AnyOperation, 'name' | 'output'>,
  value: unknown,
  from: string,
): unknown {
  const parsed = parseKnown(operation.output, value)
  if (parsed.success) return parsed.data
  throw new TeleclaudeError(
    'TC_ERR_PROTOCOL',
    `'${from}' answered ${operation.name} with something else than it returns (${parsed.problem}). ` +
      'If its program is of another version than this one, install the newer of the two on both.',
  )
}

export type ParsedKnown<T> =
  | { readonly success: true; readonly data: T }
  /** `problem` is the first one. */
  | { readonly success: false; readonly problem: string }

/** Parses what was read from the wire, without the fields that the schema does not know. Throws nothing. */
export function parseKnown<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): ParsedKnown<z.output<Schema>> {
  if (!isModest(value)) return { success: false, problem: `a list of more than ${MAX_ELEMENTS} elements` }
  const strict = schema.safeParse(value)
  if (strict.success) return strict
  for (const issue of strict.error.issues) dropUnknown(value, issue)
  const lenient = schema.safeParse(value)
  return lenient.success ? lenient : { success: false, problem: firstProblem(lenient.error) }
}

function isModest(value: unknown): boolean {
  for (const { one } of objectsWithin(value))
    if (Array.isArray(one) && one.length > MAX_ELEMENTS) return false
  return true
}

/** Of alternatives, zod reports the one that fits but for fields that it does not know. */
function dropUnknown(root: unknown, issue: z.core.$ZodIssue): void {
  if (issue.code !== 'unrecognized_keys') return
  const place = at(root, issue.path)
  // Nothing can be dropped of bytes, which stand where an object belongs.
  if (typeof place !== 'object' || place === null || ArrayBuffer.isView(place)) return
  for (const key of issue.keys) delete (place as Record<string, unknown>)[key] // an object, says the issue
}

function at(root: unknown, path: readonly PropertyKey[]): unknown {
  // zod has walked this way.
  return path.reduce<unknown>((place, key) => (place as Record<PropertyKey, unknown> | null)?.[key], root)
}

function firstProblem({ issues: [issue] }: z.ZodError): string {
  if (!issue) return 'nothing fits'
  const path = issue.path.map(String).join('.')
  return `${path ? `${path}: ` : ''}${issue.message}`.slice(0, MAX_PROBLEM_CHARS)
}
