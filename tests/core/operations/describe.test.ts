import { expect, test } from 'vitest'
import { z } from 'zod'
import { bytesField } from '../../../core/bytes-field.ts'
import { describeOperation } from '../../../core/operations/describe.ts'
import { defineOperation } from '../../../core/operations/operation.ts'

test('a field of bytes is described as what an agent can give, which is base64', () => {
  const data = bytesField(3).describe('The picture.')
  const operation = defineOperation({
    name: 'x.put',
    summary: 'Puts it.',
    input: z.strictObject({ data }),
    output: z.strictObject({ data }),
    scope: 'x:put',
    idempotent: true,
    at: 'here',
    run: async input => input,
  })
  const { input_schema, output_schema } = describeOperation(operation)
  const base64 = { type: 'string', contentEncoding: 'base64', maxLength: 4 }
  for (const schema of [input_schema, output_schema])
    expect(schema.properties).toMatchObject({ data: { anyOf: [base64], description: 'The picture.' } })
})
