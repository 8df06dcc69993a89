import type { ServedMethod } from './api-shapes.ts'
import { type ShapeValidators, shapeValidators } from './shape-validators.ts'

/** Says what is wrong with the shape of what goes over the wire. Empty lists mean that nothing is. */
export interface ShapeCheck {
  parameters(method: ServedMethod, value: unknown): readonly string[]
  result(method: ServedMethod, value: unknown): readonly string[]
  update(value: unknown): readonly string[]
  /** In a form, what is no text is JSON. */
  isText(method: string, parameter: string): boolean
}

let shared: ShapeCheck | null = null

/** One for the whole process. */
export function shapeCheck(): ShapeCheck {
  shared ??= createShapeCheck(shapeValidators())
  return shared
}

const MAX_FAULTS = 5

function createShapeCheck({ validators, textParameters }: ShapeValidators): ShapeCheck {
  const faults = (name: string, value: unknown): readonly string[] => {
    const validator = validators[name]
    if (!validator) throw new Error(`there is no shape of ${name}`)
    if (validator(value)) return []
    return (validator.errors ?? [])
      .slice(0, MAX_FAULTS)
      .map(
        ({ instancePath, message, params }) =>
          `${instancePath || 'it'} ${message}: ${JSON.stringify(params)}`,
      )
  }
  return {
    parameters: (method, value) => faults(`parameters ${method}`, value),
    result: (method, value) => faults(`result ${method}`, value),
    update: value => faults('update', value),
    isText: (method, parameter) => textParameters[method]?.includes(parameter) ?? true,
  }
}
