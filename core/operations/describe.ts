import { z } from 'zod'
import type { AnyOperation, McpTool } from './operation.ts'

/** A JSON Schema (draft 2020-12) of an object, as tools and documents carry it. */
export type JsonSchema = Readonly<Record<string, unknown>> & { readonly type: 'object' }

/** An operation as plain JSON: what clients that do not have its code (MCP, completion, documents) are derived from. */
export interface OperationDescription {
  readonly name: string
  readonly summary: string
  readonly scope: string
  readonly idempotent: boolean
  /** Null for an operation that is not a tool. */
  readonly mcp: McpTool | null
  readonly input_schema: JsonSchema
  readonly output_schema: JsonSchema
}

export function describeOperation(operation: AnyOperation): OperationDescription {
  const { name, summary, scope, idempotent, mcp, input, output } = operation
  return {
    name,
    summary,
    scope,
    idempotent,
    mcp: mcp || null,
    input_schema: objectSchema(input),
    output_schema: objectSchema(output),
  }
}

/** Both sides as they cross the wire, which is before defaults are filled in: zod's `input`. */
function objectSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      dropIntegerBounds(jsonSchema)
      dropWordless(zodSchema, jsonSchema)
    },
  })
  return { ...json, type: 'object' }
}

/** Every integer is within these by nature; in a tool list they only cost an agent tokens. */
function dropIntegerBounds(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
}

/** Of alternatives JSON has no word for those that only code can tell, such as bytes: beside the rest they would say that anything goes. */
function dropWordless({ _zod: { def } }: z.core.$ZodTypes, schema: z.core.JSONSchema.BaseSchema): void {
  if (def.type !== 'union' || !schema.anyOf) return
  schema.anyOf = schema.anyOf.filter((_, index) => def.options[index]?._zod.def.type !== 'custom')
}
