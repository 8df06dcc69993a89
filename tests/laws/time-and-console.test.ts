import { expect, it } from 'vitest'
import { sourceFiles } from '../support/source-files.ts'

/** The files of `folders` in which `pattern` occurs. */
function filesWith(pattern: RegExp, ...folders: string[]): string[] {
  return sourceFiles(...folders)
    .filter(({ code }) => pattern.test(code))
    .map(({ path }) => path)
}

it('only the clock reads the time and sets timers, so that tests can drive it', () => {
  const time =
    /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|(?<![.\w])set(Timeout|Interval)\([^)]|timers\/promises/
  // The fake clock declares the method that it fakes.
  expect(
    filesWith(time, 'core', 'plugins', 'examples').filter(path => path !== 'core/testing/fake-clock.ts'),
  ).toEqual(['core/clock.ts'])
})

it('tests wait for events or drive time, and never sleep', () => {
  expect(filesWith(/(?<![.\w'"`])set(Timeout|Interval)\(|timers\/promises/, 'tests').filter(isNoLaw)).toEqual(
    [],
  )
})

it('nothing writes to the console: there is a log, and the command line has its streams', () => {
  expect(filesWith(/\bconsole\.\w/, 'core', 'plugins', 'examples')).toEqual([])
})

const isNoLaw = (path: string) => !path.startsWith('tests/laws/')
