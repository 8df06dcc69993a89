import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { ServedMethod } from './api-shapes.ts'
import { apiSchema, type Schema } from './schema.ts'

/** Says what is wrong with the shape of what goes over the wire. Empty lists mean that nothing is. */
export interface ShapeCheck {
  parameters(method: ServedMethod, value: unknown): readonly string[]
  result(method: ServedMethod, value: unknown): readonly string[]
  update(value: unknown): readonly string[]
  /** False for those that stand in a form as they are, without being JSON. */
  isJsonParameter(method: ServedMethod, name: string): boolean
}

let shared: Promise<ShapeCheck> | null = null

/** One for the whole process: its validators are compiled when they are first used. */
export function shapeCheck(): Promise<ShapeCheck> {
  shared ??= apiSchema().then(createShapeCheck)
  return shared
}

const ID = 'bot-api'

function createShapeCheck(schema: Schema): ShapeCheck {
  const ajv = new Ajv({ allErrors: true, strict: false, allowUnionTypes: true, inlineRefs: false })
  ajv.addSchema(schema, ID)
  const compiled = new Map<string, ValidateFunction>()
  const validator = (definition: string): ValidateFunction => {
    const known = compiled.get(definition) ?? ajv.compile({ $ref: `${ID}#/definitions/${definition}` })
    compiled.set(definition, known)
    return known
  }
  const faults = (definition: string, value: unknown): readonly string[] => {
    const check = validator(definition)
    return check(value) ? [] : (check.errors ?? []).slice(0, 5).map(describe)
  }
  return {
    parameters: (method, value) => faults(`MethodParameters/properties/${method}`, value),
    result: (method, value) => faults(`MethodResults/properties/${method}`, value),
    update: value => faults('DeliveredUpdate', value),
    isJsonParameter: (method, name) =>
      !mayBeText(schema.definitions?.MethodParameters?.properties?.[method]?.properties?.[name]),
  }
}

function mayBeText(schema: Schema | undefined): boolean {
  if (!schema) return true
  return schema.anyOf?.some(mayBeText) || [schema.type].flat().includes('string')
}

function describe({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath || 'it'} ${message}: ${JSON.stringify(params)}`
}
