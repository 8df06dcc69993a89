import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { builtinVerbs } from '../../../core/cli/builtin-verbs.ts'
import { EXIT_CODES } from '../../../core/cli/exit-codes.ts'
import { coreOperations } from '../../../core/operations/index.ts'

const doc = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')

test('docs/cli.md has every exit code of the program and no other', () => {
  const [, section = ''] = /## Exit codes\n(.*?)\n## /s.exec(doc) ?? []
  const rows = [...section.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning])
  expect(rows).toEqual(EXIT_CODES)
})

test('docs/cli.md has every command', () => {
  const documented = [...doc.matchAll(/^\| `([a-z]+(?: [a-z][a-z-]*)?)/gm)].map(([, words]) => words)
  const verbs = [
    ...builtinVerbs.map(({ words }) => words),
    ...coreOperations.flatMap(({ cli }) => (cli ? [cli.words] : [])),
  ]
  for (const words of verbs) expect(documented).toContain(words)
})
