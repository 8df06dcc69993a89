import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inspectFile, sealOf } from '../../../core/service/sealed-file.ts'
import { mayRemove, writeService } from '../../../core/service/write-service.ts'
import { tempDir } from '../../support/temp-dir.ts'

const file = (content: string) => `# ${sealOf(content)}\n${content}`

test('a file is written, left alone if nothing changes, and says line by line what changes', () => {
  const path = join(tempDir(), 'deep/unit')
  expect(writeService(path, file('A=1\nB=2\n'), false)).toEqual({ outcome: 'installed' })
  expect(writeService(path, file('A=1\nB=2\n'), false)).toEqual({ outcome: 'unchanged' })
  const changed = writeService(path, file('A=1\nB=3\n'), false)
  expect(changed).toEqual({ outcome: 'changed', changes: ['- B=2', '+ B=3'] })
})

test.each([
  ['edited by hand', (path: string) => writeFileSync(path, `${file('A=1\n')}B=2\n`)],
  ['of somebody else', (path: string) => writeFileSync(path, 'A=1\n')],
  ['a link', (path: string) => symlinkSync('/dev/null', path)],
])('a file that is %s is not replaced unless that is asked for', (_what, make) => {
  const path = join(tempDir(), 'unit')
  make(path)
  expect(() => writeService(path, file('C=1\n'), false)).toThrow('--force')
  expect(writeService(path, file('C=1\n'), true)).toMatchObject({ outcome: 'changed' })
  expect([readFileSync(path, 'utf8'), inspectFile(path).state]).toEqual([file('C=1\n'), 'ours'])
  expect(readFileSync('/dev/null', 'utf8')).toBe('')
})

test('only a file of ours may be removed: an edited one if that is asked for, another never', () => {
  const path = join(tempDir(), 'unit')
  expect(mayRemove(path, false)).toBe(false)
  writeFileSync(path, `${file('A=1\n')}B=2\n`)
  expect(() => mayRemove(path, false)).toThrow('--force')
  expect(mayRemove(path, true)).toBe(true)
  writeFileSync(path, 'A=1\n')
  expect(() => mayRemove(path, true)).toThrow('not a file that this program wrote')
})
