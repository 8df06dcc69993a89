import { createRequire } from 'node:module'

/** A JSON schema, as far as it is looked into here. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly definitions?: Readonly<Record<string, Schema>>
  readonly $ref?: string
  readonly additionalProperties?: boolean
  readonly required?: readonly string[]
}

const NAMES = ['MethodParameters', 'MethodResults', 'DeliveredUpdate']

/** Makes the JSON schema of what goes over the wire out of the types in a file. It takes more than a second. */
export function makeSchema(file: string): Schema {
  // a CommonJS module that is slow to load, and only needed where nothing was made before
  const generator: typeof import('typescript-json-schema') = createRequire(import.meta.url)(
    'typescript-json-schema',
  )
  const compiler = { strict: true, skipLibCheck: true, types: [], target: 'es2022' }
  const program = generator.getProgramFromFiles([file], compiler)
  const settings = { required: true, noExtraProps: true, ignoreErrors: true }
  const made = generator.buildGenerator(program, settings)?.getSchemaForSymbols(NAMES)
  if (!made?.definitions) throw new Error(`no schema could be made of ${file}`)
  return corrected(made as Schema) // what it makes is wider than what is looked into here
}

/** Where the generator loses what the types say. */
function corrected({ definitions = {}, ...rest }: Schema): Schema {
  const methods = Object.entries(definitions.MethodParameters?.properties ?? {})
  // methods that take nothing
  const closed = methods.map(([name, shape]) => [name, { additionalProperties: false, ...shape }])
  return {
    ...rest,
    definitions: {
      ...definitions,
      MethodParameters: { type: 'object', properties: Object.fromEntries(closed) },
      // a message inside of itself
      ReplyMessage: { $ref: '#/definitions/Message' },
      Update: withEdited(definitions.Update ?? {}),
    },
  }
}

/** Of three shapes in one, only the last two are left. */
function withEdited({ properties = {}, ...rest }: Schema): Schema {
  const { message = {} } = properties
  const edited = { ...message, required: [...(message.required ?? []), 'edit_date'] }
  return { ...rest, properties: { ...properties, edited_message: edited } }
}
