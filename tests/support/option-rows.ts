import { z } from 'zod'

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly default?: unknown
}

/** How the row of each option must begin in its table: `| name | default |`, nested ones by their path. */
export function optionRows(schema: z.ZodType): readonly string[] {
  return rowsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, '')
}

function rowsOf({ properties = {}, required = [] }: JsonSchema, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, field]) =>
    field.properties
      ? rowsOf(field, `${prefix}${name}.`)
      : [`| \`${prefix}${name}\` | ${required.includes(name) ? 'required' : shown(field.default)} |`],
  )
}

function shown(value: unknown): string {
  return value === undefined ? '–' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

/** The beginnings of the rows in a page's first table whose head begins with `option`. */
export function documentedRows(page: string): readonly string[] {
  const table = /^\| option \| default \|.*\n\|[-|: ]+\|\n((?:\|.*\n?)*)/m.exec(page)?.[1] ?? ''
  return table
    .split('\n')
    .filter(row => row !== '')
    .map(row => /^\|[^|]*\|[^|]*\|/.exec(row)?.[0] ?? row)
}
