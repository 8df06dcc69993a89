import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { TestDaemon } from '../../support/daemon.ts'
import { signal } from '../../support/processes.ts'
import { rebooted } from '../../support/reboot.ts'
import { until } from '../../support/until.ts'

const restore = (policy: unknown) => ({ config: { sessions: { restore: policy } } })

test('sessions are said to have ended with the computer, and stay so where nothing else is configured', async () => {
  const daemon = await TestDaemon.inTest()
  const id = await daemon.session()
  await daemon.send(id, 'echo kept')
  await rebooted(daemon)
  expect(await daemon.get(id)).toMatchObject({
    state: 'failed',
    closeReason: 'The computer was restarted, and this terminal ended with it.',
  })
  expect((await daemon.readAll(id)).output).toContain('kept\n')
})

test('a shell returns under its id, in its folder, with its variables and its journal', async () => {
  const daemon = await TestDaemon.inTest(restore('shells'))
  const folder = join(daemon.home, 'a b')
  mkdirSync(folder)
  const { session_id: id } = await daemon.call<{ session_id: string }>('session.start', {
    title: 'mine',
    env: { COLOUR: 'blue' },
  })
  await daemon.send(id, `cd '${folder}'`)
  const { cursor } = await daemon.send(id, 'echo before')
  const busy = await daemon.session()
  void daemon.send(busy, 'sleep 600').catch(() => {})
  await until(async () => (await daemon.get(busy)).state === 'busy', 'the command')

  await rebooted(daemon)
  for (const session of [id, busy])
    await until(async () => (await daemon.get(session)).state === 'ready', 'a session that is back')
  expect(await daemon.get(id)).toMatchObject({ title: 'mine', closedAt: null, closeReason: null })
  expect(await daemon.send(id, 'pwd; echo $COLOUR')).toMatchObject({
    output: `${folder}\nblue\n`,
    completed_by: 'mark',
  })
  expect(await daemon.send(busy, 'echo works')).toMatchObject({ output: 'works\n', completed_by: 'mark' })
  expect((await daemon.readAll(id)).output).toContain('before\n')
  expect(
    (await daemon.call<{ output: string }>('session.read', { session_id: id, since: cursor })).output,
  ).toContain('blue')
})

test('it returns with all that makes it this session: its title, its adapters and where each of them was', async () => {
  const daemon = new TestDaemon(restore('shells'))
  const adapters = [resolve(import.meta.dirname, 'broken-adapters.ts'), { folder: daemon.home }]
  daemon.configure({ plugins: ['terminal', adapters], ...restore('shells').config })
  await daemon.startInTest()
  const id = await daemon.session({ title: 'first', adapter_types: ['slow', 'well'], shell: 'bash' })
  await daemon.call('session.rename', { session_id: id, title: 'second', description: 'what it is for' })
  await daemon.call('session.resize', { session_id: id, cols: 90, rows: 25 })
  await daemon.send(id, 'echo before')
  const carried = () => batchesOf(join(daemon.home, 'well.ndjson'))
  const has = (text: string) => carried().some(batch => batch.text.includes(`${text}\n`))
  await until(() => has('before'), 'what was printed before')
  const { state: _, lastActivityAt: _1, updatedAt: _2, terminal, ...before } = await daemon.get(id)

  await rebooted(daemon)
  await until(async () => (await daemon.get(id)).state === 'ready', 'the session')
  await daemon.send(id, 'echo after')
  await until(() => has('after'), 'what was printed after')
  const { cwd, cols, rows, backend } = terminal
  expect(await daemon.get(id)).toMatchObject({ ...before, terminal: { cwd, cols, rows, backend } })
  expect({ ...before, cols, rows }).toMatchObject({
    ...{ title: 'second', description: 'what it is for', cols: 90, rows: 25 },
    ...{ adapterTypes: ['slow', 'well'], shell: 'bash' },
  })
  const [first, ...others] = carried()
  expect(first?.fromSeq).toBe(1)
  // What was carried just before the daemon was killed may be carried again, but nothing is left out, nor begun anew.
  let next = (first?.toSeq ?? 0) + 1
  for (const { fromSeq, toSeq } of others) {
    expect(fromSeq).toBeGreaterThan(1)
    expect(fromSeq).toBeLessThanOrEqual(next)
    next = toSeq + 1
  }
  expect(
    readdirSync(daemon.home)
      .filter(name => name.endsWith('.ndjson'))
      .toSorted(),
  ).toEqual(['slow.ndjson', 'well.ndjson'])
})

test('only what the policy names returns; a run never does', async () => {
  const daemon = await TestDaemon.inTest(restore('shells'))
  const start = (fields: object) =>
    daemon.call<{ session_id: string }>('session.start', { title: 't', ...fields })
  const { session_id: shell } = await start({})
  const { session_id: command } = await start({ command: ['sleep', '600'] })
  void daemon.call('session.run', { command: ['sleep', '600'] }).catch(() => {})
  const list = () =>
    daemon.call<{ sessions: { id: string; kind: string; state: string }[] }>('session.list', {})
  await until(async () => (await list()).sessions.some(({ kind }) => kind === 'run'), 'the run')
  await rebooted(daemon, 'SIGTERM')
  await until(async () => (await daemon.get(shell)).state === 'ready', 'the shell')
  expect((await daemon.get(command)).state).toBe('failed')
  const runs = (await list()).sessions.filter(({ kind }) => kind === 'run')
  expect(runs.map(({ state }) => state)).toEqual(['failed'])
})

test('with all, a program starts again as it was asked for', async () => {
  const daemon = await TestDaemon.inTest(restore('all'))
  const { session_id: id } = await daemon.call<{ session_id: string }>('session.start', {
    title: 't',
    command: ['sh', '-c', 'echo up; sleep 600'],
  })
  const ups = async () => (await daemon.readAll(id)).output.split('up\n').length - 1
  await until(async () => (await ups()) === 1, 'the first start')
  await rebooted(daemon)
  await until(async () => (await ups()) === 2, 'the second start')
})

test('a session whose folder is gone says why it did not return, and others do', async () => {
  const daemon = await TestDaemon.inTest(restore({ shell: true }))
  const folder = join(daemon.home, 'gone')
  mkdirSync(folder)
  const { session_id: lost } = await daemon.call<{ session_id: string }>('session.start', {
    title: 't',
    cwd: folder,
  })
  const kept = await daemon.session()
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'a file now')
  await rebooted(daemon)
  await until(async () => (await daemon.get(kept)).state === 'ready', 'the other session')
  await until(async () => (await daemon.get(lost)).state === 'failed', 'the one that cannot return')
  expect((await daemon.get(lost)).closeReason).toContain('could not be started again')
  expect((await daemon.get(lost)).closeReason).toContain(folder)
})

test('a daemon that is killed while it starts them again does so at its next start', async () => {
  const daemon = await TestDaemon.inTest({
    ...restore('shells'),
    files: { '.bashrc': 'test -e ~/slow && sleep 600\nPS1="$ "' },
  })
  const id = await daemon.session()
  writeFileSync(join(daemon.home, 'slow'), '')
  await rebooted(daemon)
  expect((await daemon.get(id)).state).toBe('starting')
  const hosts = daemon.hostPids()
  await daemon.kill('SIGKILL')
  for (const pid of hosts) signal(pid, 'SIGKILL')
  rmSync(join(daemon.home, 'slow'))
  await daemon.start()
  await until(async () => (await daemon.get(id)).state === 'ready', 'the session')
  expect(await daemon.send(id, 'echo works')).toMatchObject({ output: 'works\n', completed_by: 'mark' })
})

test('a session that is closed before its turn to be started again stays closed, also after a crash', async () => {
  const daemon = await TestDaemon.inTest({
    ...restore('shells'),
    files: { '.bashrc': 'test -e ~/slow && { touch ~/begun.$$; sleep 600; }\nPS1="$ "' },
  })
  const ids = await Promise.all(Array.from({ length: 6 }, () => daemon.session()))
  writeFileSync(join(daemon.home, 'slow'), '')
  await rebooted(daemon)
  const begun = () => readdirSync(daemon.home).filter(name => name.startsWith('begun')).length
  await until(() => begun() === 4, 'as many as are started at once')
  const closed = async (id: string) => await daemon.call('session.close', { session_id: id })
  // Some of them have a terminal already, and some wait for it.
  for (const id of ids.slice(1)) await closed(id)
  const states = async () => await Promise.all(ids.map(async id => (await daemon.get(id)).state))
  const expected = ['starting', ...Array.from({ length: 5 }, () => 'closed')]
  expect(await states()).toEqual(expected)
  const hosts = daemon.hostPids()
  await daemon.kill('SIGKILL')
  for (const pid of hosts) signal(pid, 'SIGKILL')
  rmSync(join(daemon.home, 'slow'))
  await daemon.start()
  await until(async () => (await daemon.get(ids[0] ?? '')).state === 'ready', 'the one that was not closed')
  expect(await states()).toEqual(['ready', ...expected.slice(1)])
})

test('the variables of a session are kept no longer than it may return', async () => {
  const daemon = await TestDaemon.inTest(restore('shells'))
  const start = async () =>
    (await daemon.call<{ session_id: string }>('session.start', { title: 't', env: { TOKEN: 'hidden' } }))
      .session_id
  const [kept, closed] = [await start(), await start()]
  await daemon.call('session.close', { session_id: closed })
  const known = (): string[] => {
    const db = new Database(join(daemon.stateDir, 'teleclaude.db'), { readonly: true })
    const rows = db.prepare<[], { session: string }>("SELECT session FROM session_restarts WHERE env <> '{}'")
    const sessions = rows.all().map(({ session }) => session)
    db.close()
    return sessions
  }
  await daemon.kill('SIGTERM')
  expect(known()).toEqual([kept])
})

/** What an adapter that writes to a file was sent. */
function batchesOf(file: string): { fromSeq: number; toSeq: number; text: string }[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  return lines.flatMap(line => (line ? [JSON.parse(line)] : []))
}
