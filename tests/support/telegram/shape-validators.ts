import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ErrorObject } from 'ajv'
import { makeSchema, type Schema } from './schema.ts'

export interface Validator {
  (value: unknown): boolean
  readonly errors?: readonly ErrorObject[] | null
}

/** What was made of api-shapes.ts. */
export interface ShapeValidators {
  /** By `parameters sendMessage`, `result sendMessage`, `update`. */
  readonly validators: Readonly<Record<string, Validator | undefined>>
  /** The parameters of each method that may be plain text; in a form the others are JSON. */
  readonly textParameters: Readonly<Record<string, readonly string[] | undefined>>
}

const require = createRequire(import.meta.url)

/**
 * Validators of everything that goes over the wire, as one module of plain JavaScript. Making it takes a few seconds; it
 * is made once for each version of the types, and kept beside the packages.
 */
export function shapeValidators(): ShapeValidators {
  const file = cacheFile()
  if (!existsSync(file)) {
    const code = makeModule(makeSchema(SHAPES))
    mkdirSync(dirname(file), { recursive: true })
    const temporary = `${file}.${process.pid}`
    writeFileSync(temporary, code)
    renameSync(temporary, file)
  }
  return require(file)
}

const SHAPES = fileURLToPath(new URL('api-shapes.ts', import.meta.url))
const MODULES = fileURLToPath(new URL('../../../node_modules/', import.meta.url))

function cacheFile(): string {
  const packages = ['@grammyjs/types', 'typescript-json-schema', 'ajv']
  const sources = [
    SHAPES,
    fileURLToPath(import.meta.url),
    fileURLToPath(new URL('schema.ts', import.meta.url)),
  ]
  const hash = createHash('sha256')
  for (const file of [...sources, ...packages.map(name => `${MODULES}${name}/package.json`)])
    hash.update(readFileSync(file))
  return `${MODULES}.cache/telegram-shapes/${hash.digest('hex').slice(0, 16)}.cjs`
}

const ID = 'bot-api'

function makeModule(schema: Schema): string {
  // CommonJS modules that are slow to load, as above
  const { Ajv }: typeof import('ajv') = require('ajv')
  const standalone: typeof import('ajv/dist/standalone/index.js') = require('ajv/dist/standalone/index.js')
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    allowUnionTypes: true,
    inlineRefs: false,
    code: { source: true },
  })
  ajv.addSchema(schema, ID)
  const { MethodParameters, MethodResults } = schema.definitions ?? {}
  const places = {
    ...placesOf('parameters', 'MethodParameters', MethodParameters),
    ...placesOf('result', 'MethodResults', MethodResults),
    update: 'DeliveredUpdate',
  }
  for (const [name, place] of Object.entries(places))
    ajv.addSchema({ $id: name, $ref: `${ID}#/definitions/${place}` })
  const names = Object.fromEntries(Object.keys(places).map(name => [name, name]))
  const validators = standalone.default(ajv, names)
  const texts = JSON.stringify(textParameters(MethodParameters?.properties ?? {}))
  return `${validators}\nmodule.exports = { validators: module.exports, textParameters: ${texts} }\n`
}

function placesOf(kind: string, definition: string, shape: Schema | undefined): Record<string, string> {
  const methods = Object.keys(shape?.properties ?? {})
  return Object.fromEntries(methods.map(name => [`${kind} ${name}`, `${definition}/properties/${name}`]))
}

function textParameters(methods: Readonly<Record<string, Schema>>): Record<string, string[]> {
  const texts = ({ properties = {} }: Schema) =>
    Object.keys(properties).filter(name => mayBeText(properties[name] ?? {}))
  return Object.fromEntries(Object.entries(methods).map(([method, shape]) => [method, texts(shape)]))
}

function mayBeText(schema: Schema): boolean {
  return (schema.anyOf?.some(mayBeText) ?? false) || [schema.type].flat().includes('string')
}
