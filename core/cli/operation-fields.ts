import { resolve } from 'node:path'
import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { describeOperation, type JsonSchema } from '../operations/describe.ts'
import type { AnyOperation } from '../operations/operation.ts'
import type { ParsedLine } from './verb.ts'

/** How a field of an operation's input is given on the command line. */
interface Field {
  /** As the operation has it: `wait_ms`. */
  readonly name: string
  /** As people type it: `wait-ms`. */
  readonly flag: string
  readonly kind: 'text' | 'number' | 'switch' | 'list' | 'map' | 'json'
  readonly isRequired: boolean
  readonly choices: readonly string[]
  readonly description: string
  readonly preset: unknown
}

type Schema = Readonly<Record<string, unknown>>

/** Declares an operation's input on a command: what it names as positional by place, the rest as options. */
export function declareInput(command: Command, operation: AnyOperation): void {
  const places = placesOf(operation)
  const fields = fieldsOf(operation)
  for (const place of places) {
    const field = fields.find(({ name }) => name === place.name)
    if (field) command.addArgument(argumentOf(field, place.isRest))
  }
  for (const field of fields) {
    if (!places.some(({ name }) => name === field.name)) command.addOption(optionOf(field))
  }
}

/** The input that a parsed line stands for. Only what was given is in it; defaults are the operation's. */
export function inputOf(operation: AnyOperation, { args, options }: ParsedLine): Record<string, unknown> {
  const places = placesOf(operation)
  const input: Record<string, unknown> = {}
  for (const field of fieldsOf(operation)) {
    const index = places.findIndex(({ name }) => name === field.name)
    const given = index < 0 ? options[camelCase(field.flag)] : args[index]
    const value = field.kind === 'text' && Array.isArray(given) ? given.join(' ') : given
    if (isGiven(value, field)) input[field.name] = value
  }
  // The daemon stands in another folder; a computer that is named has folders of its own.
  if (typeof input.cwd === 'string' && input.computer === undefined) input.cwd = resolve(input.cwd)
  return input
}

function isGiven(value: unknown, { kind, preset }: Field): boolean {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return false
  // commander sets what has a `--no-` form to true by itself.
  return !(kind === 'switch' && preset === true && value === true)
}

function placesOf({ cli }: AnyOperation): { name: string; isRest: boolean }[] {
  const positional = (cli || undefined)?.positional ?? []
  return positional.map(place => ({ name: place.replace(/\.\.\.$/, ''), isRest: place.endsWith('...') }))
}

function fieldsOf(operation: AnyOperation): Field[] {
  const schema: JsonSchema = describeOperation(operation).input_schema
  const required = new Set((schema.required ?? []) as readonly string[])
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(([name, property]) => ({
    name,
    flag: name.replaceAll('_', '-'),
    kind: kindOf(property),
    isRequired: required.has(name),
    choices: (property.enum ?? []) as readonly string[],
    description: String(property.description ?? ''),
    preset: property.default,
  }))
}

function kindOf(schema: Schema): Field['kind'] {
  if (Array.isArray(schema.anyOf)) {
    // Of several forms, the simplest to type.
    const kinds = (schema.anyOf as Schema[]).map(kindOf)
    return kinds.find(kind => kind === 'text') ?? kinds[0] ?? 'json'
  }
  if (schema.type === 'string') return 'text'
  if (schema.type === 'integer' || schema.type === 'number') return 'number'
  if (schema.type === 'boolean') return 'switch'
  if (schema.type === 'array') return 'list'
  const isMap = schema.type === 'object' && (schema.additionalProperties as Schema)?.type === 'string'
  return isMap ? 'map' : 'json'
}

function argumentOf(field: Field, isRest: boolean): Argument {
  const name = `${field.flag}${isRest ? '...' : ''}`
  const argument = new Argument(
    field.isRequired ? `<${name}>` : `[${name}]`,
    describe({ ...field, isRequired: false }),
  )
  return field.kind === 'number' ? argument.argParser(PARSERS.number) : argument
}

function optionOf(field: Field): Option {
  const { flag, kind, isRequired } = field
  if (kind === 'switch') {
    // Undefined unless given, so that the operation's own default holds.
    return new Option(field.preset === true ? `--no-${flag}` : `--${flag}`, describe(field)).default(
      undefined,
    )
  }
  const option = new Option(`--${flag} <${PLACEHOLDER[kind]}>`, describe(field))
  if (field.choices.length > 0) option.choices([...field.choices])
  else option.argParser(PARSERS[kind])
  return option.makeOptionMandatory(isRequired)
}

const PLACEHOLDER = { text: 'text', number: 'number', list: 'item', map: 'name=value', json: 'json' } as const

type Parser = (text: string, before: unknown) => unknown

// `before` is what the same parser made of the option's earlier uses.
const PARSERS: Readonly<Record<Exclude<Field['kind'], 'switch'>, Parser>> = {
  text: text => text,
  number(text) {
    const number = Number(text)
    if (text.trim() === '' || !Number.isFinite(number)) throw new InvalidArgumentError('It must be a number.')
    return number
  },
  list: (text, before) => [...((before ?? []) as string[]), text],
  map(text, before) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be NAME=VALUE.')
    return { ...(before as Record<string, string> | undefined), [name]: value }
  },
  json(text) {
    try {
      return JSON.parse(text)
    } catch {
      throw new InvalidArgumentError('It must be JSON.')
    }
  },
}

function describe({ kind, description, preset, isRequired }: Field): string {
  const notes = [
    ...(isRequired ? ['required'] : []),
    ...(kind === 'list' || kind === 'map' ? ['may be repeated'] : []),
    ...(preset !== undefined && kind !== 'switch' ? [`default ${JSON.stringify(preset)}`] : []),
  ]
  return [description, notes.length > 0 ? `(${notes.join('; ')})` : ''].filter(Boolean).join(' ')
}

function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
