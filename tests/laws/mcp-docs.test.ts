import { expect, it } from 'vitest'
import { describeOperation } from '../../core/operations/describe.ts'
import { coreOperations } from '../../core/operations/index.ts'
import { file } from '../../examples/file-adapter/index.ts'
import { files } from '../../plugins/files/index.ts'
import { registry } from '../../plugins/registry/index.ts'
import { documentedRows, optionRows } from '../support/option-rows.ts'
import { readText } from '../support/source-files.ts'

const operations = [
  ...coreOperations,
  ...[registry, files].flatMap(({ definition }) => definition.operations ?? []),
].map(describeOperation)

it('docs/plugins/mcp.md has every tool with its arguments, and no other', () => {
  const rows = readText('docs/plugins/mcp.md').matchAll(/^\| `(teleclaude__[a-z_]+)` \| (.+) \|$/gm)
  const documented = Array.from(rows, ([, tool, args]) => [
    tool,
    args === '–' ? [] : args?.split(', ').sort(),
  ])
  const actual = operations.flatMap(({ mcp, input_schema }) =>
    mcp ? [[mcp.name, argumentsIn(input_schema).sort()]] : [],
  )
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(actual))
})

it('the README has every tool, and no other', () => {
  const rows = readText('README.md').matchAll(/^\| `(teleclaude__[a-z_]+)` \|/gm)
  const tools = operations.flatMap(({ mcp }) => (mcp ? [mcp.name] : []))
  expect(Array.from(rows, ([, tool]) => tool).sort()).toEqual(tools.sort())
})

it("the example's README has its options", () => {
  const page = readText('examples/file-adapter/README.md')
  expect(documentedRows(page)).toEqual(optionRows(file.definition.options))
})

/** As the page has them: in backticks, with a star where they are needed. */
function argumentsIn({ properties = {}, required = [] }: Record<string, unknown>): string[] {
  const needed = new Set(required as string[]) // a JSON Schema of our own making
  return Object.keys(properties as object).map(name => `\`${name}\`${needed.has(name) ? '*' : ''}`)
}
