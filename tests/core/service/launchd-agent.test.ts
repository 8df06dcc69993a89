import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { launchd } from '../../../core/service/launchd.ts'
import type { ServiceSpec } from '../../../core/service/spec.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { findProgram } from '../../support/debian.ts'
import { xmllint } from '../../support/service-programs.ts'
import { tempDir } from '../../support/temp-dir.ts'

const lint = await findProgram(xmllint)
const DTD = resolve(import.meta.dirname, '../../support/property-list-1.0.dtd')

/** The agent as this program would write it, in a file. */
async function written(spec: ServiceSpec): Promise<string> {
  const path = join(tempDir(), 'teleclaude.plist')
  writeFileSync(path, await launchd({}, new FakeClock()).render(spec))
  return path
}

/** @throws with what the linter says, if anything */
async function xml(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, ...lint.env }
  return (await promisify(execFile)(lint.path, ['--nonet', ...args], { env })).stdout
}

const SPEC: ServiceSpec = {
  command: ['/usr/bin/node', 'main.mjs', 'start'],
  env: { PATH: '/bin', TELECLAUDE_STATE_DIR: '/s' },
  log: '/s/daemon.log',
  lastingFault: 78,
}

test('the agent is a valid property list', async () => {
  expect(await xml('--noout', '--dtdvalid', DTD, await written(SPEC))).toBe('')
})

test('it is started at login and after a failure, not at once, and leaves the sessions alone', async () => {
  const path = await written(SPEC)
  const after = (key: string) => xml('--xpath', `name(//key[.='${key}']/following-sibling::*[1])`, path)
  const text = (key: string) => xml('--xpath', `string(//key[.='${key}']/following-sibling::*[1])`, path)
  expect([await after('RunAtLoad'), await after('AbandonProcessGroup')]).toEqual(['true\n', 'true\n'])
  expect(await after('SuccessfulExit')).toBe('false\n')
  expect(await text('ThrottleInterval')).toBe('10\n')
  expect(await text('Label')).toBe('teleclaude\n')
})

test('arguments and values with <, &, quotes, %, $ and line breaks arrive as they are', async () => {
  const hostile = `a b <c> & ]]> "d" 'e' %h $HOME \\ line\nbreak\tünï ☂`
  const path = await written({ ...SPEC, command: ['/usr/bin/node', hostile], env: { A: hostile } })
  expect(await xml('--noout', '--dtdvalid', DTD, path)).toBe('')
  expect(await xml('--xpath', `string(//array/string[2])`, path)).toBe(`${hostile}\n`)
  expect(await xml('--xpath', `string(//key[.='A']/following-sibling::string)`, path)).toBe(`${hostile}\n`)
})

test('what an agent runs is read from it again, whatever is in its words', async () => {
  const odd = {
    command: ['/a b/node', '<string>&amp;</string>', '\n$1'],
    env: { PATH: '/bin', ODD: '</key>&lt;' },
  }
  const supervisor = launchd({}, new FakeClock())
  expect(supervisor.runs(await supervisor.render({ ...SPEC, ...odd }))).toEqual(odd)
  expect(supervisor.runs('no property list')).toEqual({ command: [], env: {} })
})
