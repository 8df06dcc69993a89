import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { checkConfig } from '../../../core/cli/checkup-config.ts'
import { checkDaemon, judgeDaemon } from '../../../core/cli/checkup-daemon.ts'
import {
  checkDatabaseFile,
  checkIdentityKey,
  checkJournal,
  checkStateDir,
  judgeDisk,
} from '../../../core/cli/checkup-state.ts'
import type { Cli } from '../../../core/cli/context.ts'
import { systemClock } from '../../../core/clock.ts'
import { loadConfig } from '../../../core/config/load-config.ts'
import type { DaemonStatus } from '../../../core/daemon-service.ts'
import { acquireLock } from '../../../core/lock.ts'
import { KNOWN_SCHEMAS } from '../../../core/store/known-schemas.ts'
import { applyMigrations } from '../../../core/store/migrations.ts'
import { VERSION } from '../../../core/version.ts'
import { mayMountDisk, mountSmallDisk } from '../../support/small-disk.ts'
import { tempDir } from '../../support/temp-dir.ts'

const MIB = 1024 * 1024

/** The command line on this state folder; what the checks use of it. */
function on(stateDir: string): Cli {
  const facts = { env: { HOME: stateDir, PATH: '' }, clock: systemClock, commandLine: 'teleclaude' }
  return { ...facts, stateDir, socketPath: join(stateDir, 'control.sock') } as unknown as Cli
}

const here = () => on(tempDir())

test('a state folder that others can read deserves a look, its owner’s alone does not', async () => {
  const cli = here()
  expect(await checkStateDir(cli)).toMatchObject({ state: 'ok' })
  chmodSync(cli.stateDir, 0o755)
  expect(await checkStateDir(cli)).toMatchObject({ state: 'warn', fix: `chmod 700 ${cli.stateDir}` })
})

test('files of another user in the state folder, as sudo leaves them, are named with what to type', async () => {
  const cli = here()
  mkdirSync(join(cli.stateDir, 'terminal'))
  writeFileSync(join(cli.stateDir, 'terminal', 'pty-host.log'), '')
  const another = (process.getuid?.() ?? 0) + 1
  expect(await checkStateDir(cli, another)).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('terminal/pty-host.log'),
    fix: expect.stringContaining(`sudo chown -R ${another} ${cli.stateDir}`),
  })
})

test('a state folder that cannot be made is told before a daemon tries', async () => {
  const { stateDir } = here()
  expect(await checkStateDir(on(join(stateDir, 'a/b')))).toMatchObject({ state: 'ok' })
  writeFileSync(join(stateDir, 'file'), '')
  expect(await checkStateDir(on(join(stateDir, 'file/b')))).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('file is no folder'),
    fix: expect.stringContaining('TELECLAUDE_STATE_DIR'),
  })
})

test('a computer without a configuration is told how to get one', async () => {
  const dir = tempDir()
  const loading = loadConfig({ cwd: dir, env: { XDG_CONFIG_HOME: dir } })
  expect(await checkConfig(here(), loading)).toMatchObject({
    state: 'ok',
    message: expect.stringContaining('teleclaude init'),
  })
})

test.each([
  ['a comma too much', '{\n"plugins": ["terminal", "registry", "mcp",]}', 'in line 2 is not valid JSON'],
  ['a word without quotes', '{"a": 1,\n "token": hush-hush-hush }', 'in line 2 is not valid JSON'],
  ['no end', '{"a": "hush-hush-hush"', '(line 1 column 23)'],
  ['a field that there is not', '{"hush": 1}', 'hush: there is no such field'],
])(
  'a configuration with %s is told with its place, and without what may be secret',
  async (_, text, place) => {
    const dir = tempDir()
    const path = join(dir, 'c.json')
    writeFileSync(path, text, { mode: 0o600 })
    const found = await checkConfig(here(), loadConfig({ cwd: dir, env: {}, path }), path)
    expect(found).toMatchObject({
      state: 'fail',
      message: expect.stringContaining(place),
      fix: `Correct it, then: teleclaude config check --config ${path}`,
    })
    expect(found?.message).not.toContain('hush-')
  },
)

test('a secret that is missing, or stands where others read it, is told with what to type', async () => {
  const dir = tempDir()
  const path = join(dir, 'c.json')
  const check = async (secret: unknown, mode: number) => {
    writeFileSync(path, JSON.stringify({ mesh: { secret }, plugins: ['registry'] }))
    chmodSync(path, mode)
    return (await checkConfig(here(), loadConfig({ cwd: dir, env: {}, path })))?.message
  }
  expect(await check('hush-hush-hush-hush-hush-hush-hush-hush', 0o644)).toMatch(`chmod 600 ${path}`)
  expect(await check({ env: 'HUSH' }, 0o644)).toMatch(`write HUSH=… to ${join(dir, '.env')}`)
  expect(await check({ file: 'none' }, 0o644)).toMatch('Write the secret there, or correct the path')
})

test.skipIf(!mayMountDisk())('a state folder on a full disk is found by writing to it', async () => {
  const disk = mountSmallDisk(1)
  expect(await checkStateDir(on(disk.path))).toMatchObject({ state: 'ok' })
  disk.fill(0)
  expect(await checkStateDir(on(disk.path))).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('ENOSPC'),
  })
})

test('a damaged identity key and one that others can read fail; none at all is nothing', async () => {
  const cli = here()
  expect(await checkIdentityKey(cli)).toBeNull()
  const key = join(cli.stateDir, 'identity.key')
  writeFileSync(key, Buffer.alloc(32), { mode: 0o600 })
  expect(await checkIdentityKey(cli)).toMatchObject({ state: 'ok' })
  chmodSync(key, 0o644)
  await expect(checkIdentityKey(cli)).rejects.toThrow(`chmod 600 '${key}'`)
  writeFileSync(key, 'short')
  chmodSync(key, 0o600)
  await expect(checkIdentityKey(cli)).rejects.toThrow('damaged')
})

test('a database that is none is told with what to type, before a daemon stumbles over it', async () => {
  const cli = here()
  const file = join(cli.stateDir, 'teleclaude.db')
  expect(await checkDatabaseFile(cli, null)).toBeNull()
  new Database(file).exec('CREATE TABLE one (a)').close()
  expect(await checkDatabaseFile(cli, null)).toMatchObject({ state: 'ok' })
  writeFileSync(file, 'this is no database '.repeat(500))
  await expect(checkDatabaseFile(cli, null)).rejects.toThrow(`mv '${file}'`)
})

test('a database that a newer program wrote is told before a start, which would refuse it', async () => {
  const cli = here()
  const file = join(cli.stateDir, 'teleclaude.db')
  const db = new Database(file)
  applyMigrations(db, file, 'journal', [...(KNOWN_SCHEMAS.journal ?? []), 'CREATE TABLE of_tomorrow (a)'])
  db.close()
  expect(await checkDatabaseFile(cli, null)).toMatchObject({
    state: 'fail',
    message: expect.stringMatching(/written by a newer version.*journal/),
    fix: expect.stringContaining('Install that version or a later one'),
  })
})

test('looking at a database leaves nothing beside it, whether a daemon closed it or was killed', async () => {
  const cli = here()
  const file = join(cli.stateDir, 'teleclaude.db')
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.exec('CREATE TABLE one (a)')
  const killed = on(tempDir())
  for (const name of ['teleclaude.db', 'teleclaude.db-wal'])
    copyFileSync(join(cli.stateDir, name), join(killed.stateDir, name))
  db.close()
  for (const { stateDir } of [cli, killed]) {
    const before = readdirSync(stateDir)
    const look = () => checkDatabaseFile(on(stateDir), null)
    expect(await look()).toMatchObject({ state: 'ok' })
    expect(readdirSync(stateDir)).toEqual(before)
  }
})

test('a database that another has at this moment is none of doctor’s business', async () => {
  const cli = here()
  const db = new Database(join(cli.stateDir, 'teleclaude.db'))
  db.exec('CREATE TABLE one (a)')
  db.pragma('locking_mode = EXCLUSIVE')
  db.exec('BEGIN EXCLUSIVE')
  expect(await checkDatabaseFile(cli, null)).toBeNull()
  db.close()
})

test.each([
  ['plenty', { freeBytes: 2000 * MIB }, 'ok'],
  ['less than the journals may still take', { freeBytes: 900 * MIB }, 'warn'],
  ['next to nothing', { freeBytes: 10 * MIB }, 'fail'],
  ['no room for another file', { freeFiles: 3 }, 'fail'],
])('a disk with %s left', (_, facts, state) => {
  const plenty = { folder: '/state', freeBytes: 2000 * MIB, freeFiles: null, growthBytes: 1000 * MIB }
  expect(judgeDisk({ ...plenty, ...facts })).toMatchObject({ state })
})

test('journals over their quota deserve a look, and ones that cannot be written fail', async () => {
  const limits = { totalBytes: 100, usedBytes: 99 }
  expect(await checkJournal(here(), limits, null)).toMatchObject({ state: 'ok' })
  expect(await checkJournal(here(), { ...limits, usedBytes: 101 }, null)).toMatchObject({
    state: 'warn',
    fix: expect.stringContaining('retention.totalBytes'),
  })
  expect(await checkJournal(here(), limits, 'no room left')).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('no room left'),
  })
})

test('a configuration that others can write to is code of theirs', async () => {
  const dir = tempDir()
  const path = join(dir, 'c.json')
  writeFileSync(path, '{"plugins":["registry"]}')
  const check = () => checkConfig(here(), loadConfig({ cwd: dir, env: {}, path }))
  expect(await check()).toMatchObject({ state: 'ok' })
  chmodSync(path, 0o664)
  expect(await check()).toMatchObject({ state: 'warn', fix: `chmod go-w ${path}` })
  chmodSync(dir, 0o777)
  expect(await check()).toMatchObject({ fix: `chmod go-w ${dir} ${path}` })
})

test('a daemon that has its state folder and no socket is told by its process id', async () => {
  const cli = here()
  expect(await checkDaemon(cli, Promise.resolve(null))).toMatchObject({ message: 'not running' })
  using _lock = acquireLock(join(cli.stateDir, 'daemon.lock'), cli.stateDir)
  expect(await checkDaemon(cli, Promise.resolve(null))).toMatchObject({
    state: 'fail',
    fix: expect.stringContaining(`kill ${process.pid}`),
  })
})

test('a lock that a dead daemon left, or whose process id is another program’s by now, holds nobody up', async () => {
  const cli = here()
  acquireLock(join(cli.stateDir, 'daemon.lock'), cli.stateDir).release()
  expect(await checkDaemon(cli, Promise.resolve(null))).toMatchObject({ message: 'not running' })
  writeFileSync(join(cli.stateDir, 'control.sock'), '')
  expect(await checkDaemon(cli, Promise.resolve(null))).toMatchObject({
    state: 'warn',
    message: expect.stringContaining('left behind'),
  })
})

test('a daemon of another version than this program is to be started anew', () => {
  const status = { ready: true, pid: 7, version: VERSION, plugins: [], mesh: null } as unknown as DaemonStatus // what is judged
  const how = { commandLine: 'teleclaude', start: 'teleclaude start --detach' }
  expect(judgeDaemon(status, how)).toMatchObject({ state: 'ok' })
  expect(judgeDaemon({ ...status, version: '0.0.9' }, how)).toMatchObject({
    state: 'warn',
    message: expect.stringContaining('0.0.9'),
    fix: expect.stringContaining('start --detach'),
  })
})
