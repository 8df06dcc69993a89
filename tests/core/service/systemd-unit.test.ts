import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { ServiceSpec } from '../../../core/service/spec.ts'
import { runsInUnit, systemdUnit } from '../../../core/service/systemd-unit.ts'
import { findProgram } from '../../support/debian.ts'
import { systemdAnalyze } from '../../support/service-programs.ts'
import { tempDir } from '../../support/temp-dir.ts'

const analyze = await findProgram(systemdAnalyze)

/** What systemd itself reads in a unit: its complaints, and its properties as it shows them. */
async function asSystemdReads(unit: string, dir: string) {
  const path = join(dir, 'config/systemd/user/teleclaude.service')
  mkdirSync(dirname(path), { recursive: true })
  mkdirSync(join(dir, 'run'))
  writeFileSync(path, unit)
  const env = {
    ...analyze.env,
    PATH: process.env.PATH,
    HOME: dir,
    XDG_CONFIG_HOME: join(dir, 'config'),
    XDG_RUNTIME_DIR: join(dir, 'run'),
    SYSTEMD_LOG_LEVEL: 'debug',
    LC_ALL: 'C.UTF-8',
  }
  const args = ['verify', '--user', '--man=no', path]
  // Its exit code says whether the unit is fine.
  const { stdout, stderr } = await promisify(execFile)(analyze.path, args, { env })
  const properties = [...stdout.matchAll(/^\s*([\w ]+): (.*(?:\n(?!\s).*)*)$/gm)]
  const complaints = stderr.split('\n').filter(line => line.includes(`${path}:`))
  return {
    complaints,
    read: (name: string) => properties.filter(([, key]) => key === name).map(([, , value]) => value),
  }
}

function spec(dir: string, change: Partial<ServiceSpec> = {}): ServiceSpec {
  const node = join(dir, 'node')
  mkdirSync(dir, { recursive: true })
  copyFileSync('/bin/true', node) // what is to be run must be there
  return { command: [node, 'main.mjs'], env: { PATH: '/bin' }, log: '/log', lastingFault: 78, ...change }
}

test('systemd has nothing to say against the unit, and reads what keeps sessions and stops a loop', async () => {
  const dir = tempDir()
  const unit = systemdUnit(spec(dir), 252)
  const { complaints, read } = await asSystemdReads(unit, dir)
  expect(complaints).toEqual([])
  expect(read('KillMode')).toEqual(['process'])
  expect(read('OOMPolicy')).toEqual(['continue'])
  expect(read('Restart')).toEqual(['on-failure'])
  expect(read('RestartSec')).toEqual(['10s'])
  expect(unit).toContain('\nRestartPreventExitStatus=78\n') // which it does not show, and would complain of if it were wrong
})

const HOSTILE = [
  'a b',
  '%h %%',
  `$HOME $\{x} $$`,
  'q"q\'q',
  'back\\slash\\',
  'line\nbreak\tand tab',
  'ünï ☂',
  ';',
  '-x',
  '',
]

test('systemd reads paths and values with spaces, %, $, quotes, backslashes and line breaks as they are', async () => {
  const dir = tempDir()
  const hostile = spec(join(dir, 'my $HOME 100% node;'))
  const [node = ''] = hostile.command
  const unit = systemdUnit({ ...hostile, command: [node, ...HOSTILE], env: { A: HOSTILE.join(':') } }, 252)
  const { complaints, read } = await asSystemdReads(unit, dir)
  expect(complaints).toEqual([])
  // It shows words as they would be typed, and arguments before it puts variables in, for which `$$` is a `$`.
  const [shown = ''] = read('Command Line')
  expect(shellWords(shown)).toEqual([node, ...HOSTILE.map(word => word.replaceAll('$', '$$$$'))])
  expect(read('Environment')).toEqual([`A=${HOSTILE.join(':')}`])
})

test('a systemd that knows it waits longer after each failure', () => {
  const dir = tempDir()
  expect(systemdUnit(spec(dir), 254)).toContain('RestartSteps=8\nRestartMaxDelaySec=300\n')
  for (const version of [253, null]) expect(systemdUnit(spec(dir), version)).not.toContain('RestartSteps')
})

test('a Node.js whose path systemd cannot run is refused, with the reason', () => {
  const command = ['/opt/"node"/bin/node']
  expect(() => systemdUnit({ command, env: {}, log: '', lastingFault: 78 }, 252)).toThrow(
    /a quote, a backslash/,
  )
})

/** Words as systemd shows them: in double quotes where needed, with `\` before what is special. */
function shellWords(line: string): string[] {
  const words = line.match(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g) ?? []
  const unescaped = (text: string) =>
    text.replace(/\\(.)/g, (_, char: string) => ({ n: '\n', t: '\t' })[char] ?? char)
  return words.map(word => (word.startsWith('"') ? unescaped(word.slice(1, -1)) : word))
}

test('what a unit runs is read from it again, whatever is in its words', () => {
  const written = {
    command: ['/opt/my node/100%/node', 'a "b" \\ $HOME $$ %h', 'tab\tline\nend', ''],
    env: { PATH: '/bin:/a b', ODD: 'x=y "%" \\n $1' },
  }
  const unit = systemdUnit({ ...written, log: '/log', lastingFault: 78 }, 255)
  expect(runsInUnit(unit)).toEqual(written)
  expect(runsInUnit('[Service]\nExecStart=/bin/true\n')).toEqual({ command: [], env: {} })
})
