import { expect, it } from 'vitest'
import type { Session } from '../../../core/sessions/session.ts'
import { commandLine } from '../../support/command-line.ts'
import { computersOf, TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'

const mesh = TestMesh.forFile(['macbook', 'workstation', 'third'])
const macbook = () => mesh().daemon('macbook')
const workstation = () => mesh().daemon('workstation')

it('lists every computer on each of them, with load, version and when it was last seen', async () => {
  for (const daemon of [macbook(), workstation()]) {
    const computers = await computersOf(daemon)
    expect(computers.map(({ name, status }) => [name, status]).sort()).toEqual([
      ['macbook', 'online'],
      ['third', 'online'],
      ['workstation', 'online'],
    ])
    for (const computer of computers) {
      expect(computer).toMatchObject({ version: expect.any(String), problem: null })
      expect(computer).toMatchObject({ load: { cores: expect.any(Number) }, last_seen: expect.any(Number) })
    }
  }
})

it('starts a session elsewhere, with one record on both sides', async () => {
  const started = await macbook().call<{ session_id: string; computer: string; topic_name: string }>(
    'session.start',
    { computer: 'workstation', title: 'build' },
  )
  expect(started).toMatchObject({ computer: 'workstation', topic_name: '$macbook > $workstation - build' })
  const there = await workstation().get(started.session_id)
  expect(there).toMatchObject({ title: 'build', origin: 'macbook', computer: 'workstation' })
  expect(there.adapterTypes[0]).toBe('redis')
  expect(there.adapterMetadata.redis).toEqual({ stream: `teleclaude:output:${started.session_id}` })
  const { sessions } = await macbook().call<{ sessions: Session[] }>('session.list')
  expect(sessions.find(session => session.id === started.session_id)).toMatchObject({
    title: 'build',
    origin: 'macbook',
    computer: 'workstation',
    adapterTypes: there.adapterTypes,
    adapterMetadata: there.adapterMetadata,
  })
})

it('sends to a session elsewhere as to one here: output, exit code, cursor, and what comes as it comes', async () => {
  const session_id = await macbook().session({ computer: 'workstation', title: 'send' })
  const items: string[] = []
  const sent = await macbook().call<{
    output: string
    exit_code: number
    completed_by: string
    cursor: string
  }>(
    'session.send',
    { session_id, message: 'echo one; echo two; (exit 7)' },
    { onItem: item => void items.push((item as { text: string }).text) },
  )
  expect(sent).toMatchObject({ output: 'one\ntwo\n', exit_code: 7, completed_by: 'mark' })
  expect(items.join('')).toBe('one\ntwo\n')
  expect((await macbook().send(session_id, 'echo three')).output).toBe('three\n')
  const here = await workstation().read(session_id)
  expect(await macbook().read(session_id)).toEqual(here)
  expect((await macbook().read(session_id, { since: sent.cursor })).output).toContain('three')
})

it('interrupts, presses keys, resizes, shows the screen, renames and closes elsewhere', async () => {
  const session_id = await macbook().session({ computer: 'workstation', title: 'before' })
  await macbook().input(session_id, 'sleep 1000')
  await until(async () => (await macbook().get(session_id)).state === 'busy', 'a busy session')
  await macbook().call('session.interrupt', { session_id })
  await until(
    async () => (await macbook().get(session_id)).state === 'ready',
    'a session that is ready again',
  )
  expect((await macbook().send(session_id, 'echo alive')).output).toBe('alive\n')
  await macbook().call('session.keys', { session_id, keys: ['e', 'c', 'h', 'o', 'enter'] })
  const resized = await macbook().call<Session>('session.resize', { session_id, cols: 91, rows: 31 })
  expect(resized.terminal).toMatchObject({ cols: 91, rows: 31 })
  const { output } = await macbook().read(session_id, { format: 'screen' })
  expect(output).toContain('alive')
  await macbook().call('session.rename', { session_id, title: 'after' })
  const closed = await macbook().call<Session>('session.close', { session_id })
  expect(closed).toMatchObject({ state: 'closed', title: 'after' })
  await until(async () => {
    const { sessions } = await macbook().call<{ sessions: Session[] }>('session.list')
    const known = sessions.find(session => session.id === session_id)
    return known?.state === 'closed' && known.title === 'after'
  }, 'the end to be known where it was started from')
  await expect(macbook().send(session_id, 'echo')).rejects.toMatchObject({ code: 'TC_ERR_SESSION_CLOSED' })
})

it('finds a session by its id alone, wherever it runs and wherever it was started from', async () => {
  const session_id = await workstation().session({ title: 'found' })
  expect((await mesh().daemon('third').send(session_id, 'echo from third')).output).toBe('from third\n')
  await expect(mesh().daemon('third').get('nosuchsessio')).rejects.toMatchObject({
    code: 'TC_ERR_SESSION_NOT_FOUND',
  })
})

it('runs one command elsewhere from the command line, streaming, and exits as it does', async () => {
  const { run } = commandLine(macbook().home)
  const ended = await run(['run', '--computer', 'workstation', '--', 'sh', '-c', 'echo hello; exit 5'])
  expect(ended).toMatchObject({ code: 5, stdout: 'hello\n' })
})

it('says at once that a computer is unknown', async () => {
  await expect(macbook().session({ computer: 'nowhere' })).rejects.toMatchObject({
    code: 'TC_ERR_COMPUTER_UNKNOWN',
  })
})

it('leaves no title, command, output or path in clear in Redis', async () => {
  const { redis } = mesh()
  const session_id = await macbook().session({
    computer: 'workstation',
    title: 'TITLE-marker',
    cwd: '/usr/share',
  })
  const watching = new AbortController()
  const watch = macbook().call('session.watch', { session_id }, { signal: watching.signal, onItem() {} })
  await macbook().send(session_id, 'echo OUTPUT-"marker"; cd /usr/share/doc')
  const keys = (await redis.cli('--scan')).split('\n').filter(Boolean)
  expect(keys.some(key => key.includes(`output:${session_id}`))).toBe(true)
  for (const key of keys) {
    const type = (await redis.cli('TYPE', key)).trim()
    const held = await redis.cli(
      ...(type === 'stream'
        ? ['XRANGE', key, '-', '+']
        : type === 'zset'
          ? ['ZRANGE', key, '0', '-1']
          : ['GET', key]),
    )
    for (const clear of ['TITLE-marker', 'OUTPUT-', 'echo', '/usr/share', 'public_key'])
      expect(held).not.toContain(clear)
  }
  watching.abort()
  await watch.catch(() => {})
})

it('types what several computers send to one session one after the other, whole and once', async () => {
  const session_id = await workstation().session({ title: 'shared' })
  const senders = [macbook(), workstation(), mesh().daemon('third')]
  const words = senders.flatMap((_, number) => Array.from({ length: 5 }, (_, turn) => `<${number}-${turn}>`))
  await Promise.all(
    words.map((word, at) => senders[Math.floor(at / 5)]?.input(session_id, `printf '%s\\n' "${word}"`)),
  )
  const printed = async () => (await workstation().read(session_id)).output.match(/^<\d-\d>$/gm) ?? []
  await until(async () => (await printed()).length >= words.length, 'the output of all')
  expect((await printed()).sort()).toEqual(words)
})
