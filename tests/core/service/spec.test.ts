import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { type ServiceSetup, serviceSpec, stableNode } from '../../../core/service/spec.ts'
import { tempDir } from '../../support/temp-dir.ts'

const setup = (change: Partial<ServiceSetup> = {}): ServiceSetup => ({
  node: process.execPath,
  nodeArguments: ['--max-semi-space-size=1'],
  program: '/opt/teleclaude/bin/teleclaude.mjs',
  configPath: '/home/a/teleclaude.config.ts',
  stateDir: '/home/a/s',
  log: '/home/a/s/daemon.log',
  lastingFault: 78,
  env: {},
  ...change,
})

test('the service is the Node.js that runs, the program, its configuration and its state folder', () => {
  const { command, env } = serviceSpec('systemd', setup())
  expect(command.slice(1)).toEqual([
    '--max-semi-space-size=1',
    '/opt/teleclaude/bin/teleclaude.mjs',
    'start',
    '--service',
    'systemd',
    '--config',
    '/home/a/teleclaude.config.ts',
  ])
  expect(env.TELECLAUDE_STATE_DIR).toBe('/home/a/s')
})

test('no secret of the environment gets into it, whatever it is called', () => {
  const env = {
    TELECLAUDE_REDIS_URL: 'redis://:hush@h',
    TELECLAUDE_SESSION_TOKEN: 'hush',
    X: 'hush',
    LANG: 'C',
  }
  const spec = serviceSpec('systemd', setup({ env }))
  expect(JSON.stringify(spec)).not.toContain('hush')
  expect(spec.env).toMatchObject({ LANG: 'C' })
})

test('of PATH it keeps the folders that last', () => {
  const PATH = [
    '/usr/games',
    '/usr/bin',
    '/a/node_modules/.bin',
    '/run/user/1/fnm/bin',
    'relative',
    '',
    '/no/such',
    '/bin',
    '/usr/bin',
  ]
  const { env } = serviceSpec('systemd', setup({ env: { PATH: PATH.join(':') } }))
  const folders = (env.PATH ?? '').split(':')
  expect(folders[0]).toBe(dirname(stableNode(process.execPath)))
  for (const folder of ['/a/node_modules/.bin', '/run/user/1/fnm/bin', 'relative', ''])
    expect(folders).not.toContain(folder)
  for (const folder of ['/usr/bin', '/bin', '/usr/local/bin']) expect(folders).toContain(folder)
  expect(new Set(folders).size).toBe(folders.length)
})

test('a Node.js that a package manager links to is named by the link, which outlives an upgrade', () => {
  const dir = tempDir()
  for (const name of ['Cellar', 'bin', 'other']) mkdirSync(join(dir, name))
  writeFileSync(join(dir, 'Cellar/node'), '')
  writeFileSync(join(dir, 'other/node'), '')
  symlinkSync('../Cellar/node', join(dir, 'bin/node'))
  const folders = [join(dir, 'other'), join(dir, 'bin'), join(dir, 'none')]
  expect(stableNode(join(dir, 'Cellar/node'), folders)).toBe(join(dir, 'bin/node'))
  expect(stableNode(process.execPath, folders)).toBe(process.execPath)
})

test('a path with a control character is refused, since no service file can hold it', () => {
  for (const stateDir of ['/a\x01b', '/a\rb', '/a\x7fb']) {
    expect(() => serviceSpec('systemd', setup({ stateDir }))).toThrow(/control character/)
  }
})
