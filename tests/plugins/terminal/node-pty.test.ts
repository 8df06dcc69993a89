import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { cannotFork } from '../../../plugins/terminal/host/host-errors.ts'
import { loadNativePty } from '../../../plugins/terminal/host/native-pty.ts'
import { tempDir } from '../../support/temp-dir.ts'

/** A program's folder, and the file of its node-pty. */
function programFolder() {
  const folder = tempDir()
  const main = join(folder, 'node_modules', 'node-pty', 'lib', 'index.js')
  // Node.js looks for a package, and remembers that it is missing, only where there is a folder for packages.
  mkdirSync(join(folder, 'node_modules'))
  const install = (source: string) => {
    mkdirSync(dirname(main), { recursive: true })
    writeFileSync(join(main, '../../package.json'), '{"main":"./lib/index.js"}')
    writeFileSync(main, source)
  }
  return { install, load: () => loadNativePty(join(folder, 'from.js')) }
}

/** What a session that is to be started says. */
function refusal(load: () => unknown): string {
  try {
    load()
  } catch (error) {
    return cannotFork((error as Error).message).message
  }
  throw new Error('it was loaded')
}

test.each([
  ['missing', null, 'Cannot find module'],
  ['of another Node.js', "throw new Error('compiled against another\\nRequire stack:\\n- x')", 'another'],
])('a node-pty that is %s is told with what to type, and without a stack of modules', (_, source, why) => {
  const { install, load } = programFolder()
  if (source !== null) install(source)
  const message = refusal(load)
  expect(message).toContain('could not start the program: node-pty does not load: ')
  expect(message).toContain(why)
  expect(message).toMatch(/Install again: npm ci .*python3, make and g\+\+$/)
  expect(message).not.toMatch(/Require stack|pty-host\.log/)
})

test('a node-pty that is installed again is loaded by a host that runs already', () => {
  const { install, load } = programFolder()
  refusal(load)
  install("throw new Error('half of it')")
  refusal(load)
  install('exports.native = { fork: 1 }')
  expect(load().native).toEqual({ fork: 1 })
})
