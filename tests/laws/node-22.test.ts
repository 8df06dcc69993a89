import { expect, it } from 'vitest'
import { sourceFiles } from '../support/source-files.ts'

/** What Node.js 22 cannot parse or does not have; sources are run as they are, less their types. */
const NEWER = [
  ['using declarations', /^\s*(?:await )?using \w+ =/m],
  ['disposable stacks', /\b(?:Async)?DisposableStack\b/],
  ['Promise.try', /\bPromise\.try\b/],
  ['RegExp.escape', /\bRegExp\.escape\b/],
  ['Error.isError', /\bError\.isError\b/],
  ['base64 of typed arrays', /\bUint8Array\.from(?:Base64|Hex)\b/],
] as const

it.each(NEWER)('what runs from sources does without %s', (_, pattern) => {
  const files = sourceFiles('core', 'plugins', 'examples').filter(
    ({ path, code }) => !path.endsWith('.test.ts') && pattern.test(code),
  )
  expect(files.map(({ path }) => path)).toEqual([])
})
