import { expect, it } from 'vitest'
import { errorTable } from '../../core/errors.ts'
import { readText, sourceFiles } from '../support/source-files.ts'

const rows = [...readText('docs/errors.md').matchAll(/^\| `(TC_ERR_\w+)` \| (yes|no) \| (.+?) \| (.*) \|$/gm)]

it('docs/errors.md has every code of the table, in its order, and no other', () => {
  const documented = rows.map(([, code, retry, meaning]) => ({ code, retryable: retry === 'yes', meaning }))
  const declared = Object.entries(errorTable).map(([code, { retryable, meaning }]) => ({
    code,
    retryable,
    meaning,
  }))
  expect(documented).toEqual(declared)
})

it('docs/errors.md says of every code what to do', () => {
  expect(rows.filter(([, , , , advice]) => !advice?.trim()).map(([, code]) => code)).toEqual([])
})

it('every code that is written anywhere is in the table', () => {
  const used = sourceFiles('core', 'plugins', 'examples').flatMap(({ path, code }) =>
    [...code.matchAll(/\bTC_ERR_\w+/g)].map(([name]) => ({ path, name })),
  )
  expect(used.filter(({ name }) => !(name in errorTable))).toEqual([])
})
