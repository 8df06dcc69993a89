import { expect, it } from 'vitest'
import { countTests } from '../support/count-tests.mjs'

const file = (...statuses: string[]) => ({
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map(status => ({ status, fullName: `a ${status} test` })),
})
const report = (...testResults: ReturnType<typeof file>[]) => {
  const statuses = testResults.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status))
  return {
    numPassedTests: statuses.filter(status => status === 'passed').length,
    numFailedTests: statuses.filter(status => status === 'failed').length,
    testResults,
  }
}

it('counts what passed and failed', () => {
  expect(countTests(1, report(file('passed', 'failed'), file('passed')))).toEqual({
    passed: 2,
    failed: 1,
    skipped: [],
  })
})

it('names what was not run', () => {
  expect(countTests(0, report(file('passed', 'skipped'))).skipped).toEqual(['a skipped test'])
})

it('counts a file that could not be loaded as a failure', () => {
  const broken = { status: 'failed', assertionResults: [] }
  expect(countTests(1, report(file('passed'), broken))).toEqual({ passed: 1, failed: 1, skipped: [] })
})

it.each<[string, number | null, ReturnType<typeof report> | null]>([
  ['a crash', null, null],
  ['an error outside any test', 1, report(file('passed'))],
  ['a run without a test', 0, report()],
])('counts %s as a failure', (_, exitCode, written) => {
  expect(countTests(exitCode, written).failed).toBe(1)
})
