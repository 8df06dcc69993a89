import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { reportError } from '../../../core/cli/report-error.ts'
import { TeleclaudeError } from '../../../core/errors.ts'
import { root } from '../../support/source-files.ts'

/** Runs the program under a Node.js that says it is this version. */
async function onNode(version: string, ...args: string[]) {
  const versions = `{value:{...process.versions,node:'${version}'}}`
  const pretending = `data:text/javascript,Object.defineProperty(process,'versions',${versions})`
  const run = promisify(execFile)(process.execPath, [
    '--import',
    pretending,
    `${root}bin/teleclaude.mjs`,
    ...args,
  ])
  return await run.catch((error: { code: number; stdout: string; stderr: string }) => error)
}

test('on a Node.js that is too old it says what to do', async () => {
  expect(await onNode('20.20.2', 'doctor')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /needs Node.js 22.18 or newer.*this is 20\.20\.2 at .*\n.*(npm ci|nodejs\.org)/,
    ),
  })
})

test('there too, doctor --json prints a finding for programs', async () => {
  const { stdout, stderr } = await onNode('20.20.2', 'doctor', '--json')
  const { ok, checks } = JSON.parse(stdout)
  expect([ok, stderr]).toEqual([false, ''])
  expect(checks).toEqual([
    {
      id: 'node',
      level: 'fail',
      what: expect.stringContaining('20.20.2'),
      fix: expect.stringContaining('try again'),
    },
  ])
})

test('where a package of the program is missing, what to type is said, and no stack of modules', () => {
  const missing = thrownBy(() => createRequire(import.meta.url)('no-such-package'))
  expect(reportError(missing, false)).toMatch(
    /^teleclaude: Cannot find module 'no-such-package'\. Install again: npm ci.*\n$/,
  )
  expect(JSON.parse(reportError(missing, true)).error.message).toContain('Install again')
})

test('what has a code of its own says itself what to do', () => {
  const cause = thrownBy(() => createRequire(import.meta.url)('no-such-package'))
  const error = new TeleclaudeError('TC_ERR_CONFIG_LOAD', 'c.ts cannot be loaded', { cause })
  expect(reportError(error, false)).toBe('teleclaude: c.ts cannot be loaded (TC_ERR_CONFIG_LOAD)\n')
})

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
