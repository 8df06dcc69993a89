import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A JSON schema, as far as it is looked into here. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly definitions?: Readonly<Record<string, Schema>>
  readonly $ref?: string
}

/**
 * The JSON schema of everything that goes over the wire, made from the types of api-shapes.ts. It is made once for
 * each version of them (a good second) and kept beside the packages.
 */
export async function apiSchema(): Promise<Schema> {
  const cached = cacheFile()
  try {
    return JSON.parse(readFileSync(cached, 'utf8'))
  } catch {
    const made = await makeSchema()
    mkdirSync(dirname(cached), { recursive: true })
    const temporary = `${cached}.${process.pid}`
    writeFileSync(temporary, JSON.stringify(made))
    renameSync(temporary, cached)
    return made
  }
}

const SHAPES = fileURLToPath(new URL('api-shapes.ts', import.meta.url))
const MODULES = fileURLToPath(new URL('../../../node_modules/', import.meta.url))

function cacheFile(): string {
  const hash = createHash('sha256')
  for (const file of [SHAPES, fileURLToPath(import.meta.url)]) hash.update(readFileSync(file))
  for (const name of ['@grammyjs/types', 'typescript-json-schema'])
    hash.update(readFileSync(`${MODULES}${name}/package.json`))
  return `${MODULES}.cache/telegram-shapes/${hash.digest('hex').slice(0, 16)}.json`
}

async function makeSchema(): Promise<Schema> {
  // it is a CommonJS module that takes 170 ms to load, and only where nothing is cached
  const generator: typeof import('typescript-json-schema') = createRequire(import.meta.url)(
    'typescript-json-schema',
  )
  const compiler = { strict: true, skipLibCheck: true, types: [], target: 'es2022' }
  const program = generator.getProgramFromFiles([SHAPES], compiler)
  const settings = { required: true, noExtraProps: true, ignoreErrors: true }
  const schema = generator
    .buildGenerator(program, settings)
    ?.getSchemaForSymbols(['MethodParameters', 'MethodResults', 'DeliveredUpdate'])
  if (!schema?.definitions) throw new Error('no schema could be made of tests/support/telegram/api-shapes.ts')
  return corrected(withoutDescriptions(schema as Schema))
}

/** Where the generator loses what the types say. */
function corrected(schema: Schema): Schema {
  const parameters = schema.definitions?.MethodParameters?.properties ?? {}
  const closed = Object.entries(parameters).map(([name, shape]) => [
    name,
    { additionalProperties: false, ...shape },
  ])
  return {
    ...schema,
    definitions: {
      ...schema.definitions,
      MethodParameters: { type: 'object', properties: Object.fromEntries(closed) },
      // a message inside of itself: the generator leaves it empty
      ReplyMessage: { $ref: '#/definitions/Message' },
    },
  }
}

function withoutDescriptions<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutDescriptions) as T // a list stays one
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([key, part]) => key !== 'description' || typeof part !== 'string',
  )
  // what is taken away is optional in a schema
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutDescriptions(part)])) as T
}
