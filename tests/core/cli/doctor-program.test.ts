import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkNode, checkSqlite } from '../../../core/cli/checkup-program.ts'
import { checkNativeModule } from '../../../core/host/native-module.ts'
import { tempDir } from '../../support/temp-dir.ts'

/** A module that does this when it is loaded. */
function moduleThat(source: string): Parameters<typeof checkNativeModule>[0] {
  const dir = tempDir()
  writeFileSync(join(dir, 'native.cjs'), source)
  return { name: './native.cjs', use: '() => "used"', fix: 'npm ci', from: join(dir, 'from.js') }
}

test.each([
  ['20.19.0', 'fail'],
  ['22.17.1', 'fail'],
  ['22.18.0', 'ok'],
  ['23.11.0', 'fail'],
  ['24.0.0', 'ok'],
  ['26.1.0', 'ok'],
])('Node.js %s: %s', async (version, state) => {
  expect(await checkNode(version, '/usr/bin/node')).toMatchObject({ state })
})

test('SQLite loads here, and says its version', async () => {
  expect(await checkSqlite()).toMatchObject({
    state: 'ok',
    message: expect.stringMatching(/SQLite \d/),
  })
})

test.each([
  ['crashes', "process.kill(process.pid, 'SIGSEGV'); for (;;);", /SIGSEGV/],
  [
    'was built for another Node.js',
    "throw new Error('compiled against a different Node.js version')",
    /^Error: compiled/,
  ],
  ['exits', 'process.exit(3)', /./],
])('a native module that %s is a finding, and not the end of doctor', async (_, source, message) => {
  expect(await checkNativeModule(moduleThat(source))).toEqual({
    state: 'fail',
    message: expect.stringMatching(message),
    fix: 'npm ci',
  })
})

test('a native module that is not there is a finding', async () => {
  const missing = { ...moduleThat(''), name: './gone.cjs' }
  expect(await checkNativeModule(missing)).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('gone'),
  })
})
