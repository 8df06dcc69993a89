import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cannotFork } from '../../../plugins/terminal/host/host-errors.ts'
import { loadNativePty } from '../../../plugins/terminal/host/native-pty.ts'
import { tempDir } from '../../support/temp-dir.ts'

/** What a session that is to be started says, where node-pty is like this. */
function refusalWith(source: string | null): string {
  const folder = tempDir()
  const module = join(folder, 'node_modules', 'node-pty')
  mkdirSync(module, { recursive: true })
  if (source !== null) writeFileSync(join(module, 'index.js'), source)
  try {
    loadNativePty(join(folder, 'from.js'))
  } catch (error) {
    return cannotFork((error as Error).message).message
  }
  throw new Error('it was loaded')
}

test.each([
  ['missing', null, "Cannot find module 'node-pty'"],
  ['of another Node.js', "throw new Error('compiled against another\\nRequire stack:\\n- x')", 'another'],
])('a node-pty that is %s is told with what to type, and without a stack of modules', (_, source, why) => {
  const message = refusalWith(source)
  expect(message).toContain(`could not start the program: node-pty does not load: `)
  expect(message).toContain(why)
  expect(message).toMatch(/Install again: npm ci .*python3, make and g\+\+$/)
  expect(message).not.toMatch(/Require stack|pty-host\.log/)
})
