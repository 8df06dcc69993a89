import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { TestDaemon } from '../../support/daemon.ts'
import { newDaemon, watched, watchedIn } from '../../support/telegram-daemon.ts'
import { openRoom, type Room } from '../../support/telegram-room.ts'
import { until } from '../../support/until.ts'

/** A daemon of the room, not started, that ends with the test. */
function daemonIn(room: Room, options: object = {}): TestDaemon {
  const daemon = newDaemon(room, { options })
  onTestFinished(() => daemon.end())
  return daemon
}

const pluginOf = async (daemon: TestDaemon) =>
  (await daemon.status()).plugins.find(({ name }) => name === 'telegram')

test('a group that gets another id is used on under that one, also by the next daemon', async () => {
  const room = await openRoom()
  const plain = room.telegram.createGroup({ title: 'Plain', owner: room.ada })
  room.telegram.join(plain, room.bot, { admin: true })
  const forum = room.telegram.upgrade(plain)
  forum.isForum = true
  const daemon = daemonIn(room, { supergroupId: plain.id })
  await daemon.start()
  const id = await daemon.session({ title: 'moved' })
  const topic = await until(() => forum.topics[0], 'a topic in the new group')
  const session = watchedIn(room, id, topic)
  session.type('echo one')
  await session.sees('one')
  expect((await pluginOf(daemon))?.problem).toContain(
    `write supergroupId: ${forum.id} into the configuration`,
  )
  expect(readFileSync(join(daemon.stateDir, 'daemon.log'), 'utf8')).toContain('the group has another id now')
  await daemon.restart('SIGTERM')
  const calls = room.telegram.counts.calls.length
  session.type('echo two')
  await session.sees(/exit 0\ntwo/)
  expect(room.telegram.counts.calls.slice(calls).filter(({ code }) => code === 400)).toEqual([])
  expect((await pluginOf(daemon))?.state).toBe('degraded')
})

test('a wrong token stops nothing and stands nowhere', async () => {
  const room = await openRoom()
  const token = `7200000099:${'Wrong-token_'.repeat(3)}`
  const daemon = daemonIn(room, { token })
  await daemon.start()
  const id = await daemon.session({ title: 'here' })
  expect((await daemon.send(id, 'echo works')).output).toContain('works')
  const plugin = await until(async () => {
    const found = await pluginOf(daemon)
    return found?.state === 'degraded' ? found : null
  }, 'a degraded plugin')
  expect(plugin.problem).toContain('401')
  const status = JSON.stringify(await daemon.status())
  const argv = readFileSync(`/proc/${daemon.pid}/cmdline`, 'utf8')
  const environment = readFileSync(`/proc/${daemon.hostPids()[0]}/environ`, 'utf8')
  await daemon.kill('SIGTERM')
  const files = filesBelow(daemon.stateDir).map(path => readFileSync(path, 'latin1'))
  for (const text of [status, argv, environment, daemon.printed, ...files]) expect(text).not.toContain(token)
  expect(files.join('')).toContain('401')
})

test('a Telegram that is away when the daemon starts is used once it is there', async () => {
  const room = await openRoom()
  await room.telegram.stop()
  const daemon = daemonIn(room)
  await daemon.start()
  const id = await daemon.session({ title: 'early' })
  await daemon.send(id, 'echo before')
  await until(async () => (await pluginOf(daemon))?.state === 'degraded', 'a degraded plugin')
  await room.telegram.resume()
  const session = watchedIn(room, id, await room.topic('early'))
  await session.sees(/exit 0\nbefore$/)
  await until(async () => (await pluginOf(daemon))?.state === 'ready', 'a plugin that is well')
})

test('a daemon that stops while Telegram does not answer ends, and the next one says what was not said', async () => {
  const room = await openRoom()
  const daemon = daemonIn(room)
  await daemon.start()
  const session = await watched(room, daemon, 'frozen')
  await session.sees('frozen')
  room.telegram.freeze()
  await daemon.send(session.id, 'echo unsaid')
  expect(await daemon.kill('SIGTERM')).toBe(0)
  room.telegram.thaw()
  await daemon.start()
  await session.sees(/exit 0\nunsaid$/)
  expect(session.said.filter(({ text }) => text.includes('unsaid'))).toHaveLength(1)
})

test('two daemons with one bot both write, and the one that is not heard says why', async () => {
  const room = await openRoom()
  const daemons = [daemonIn(room), daemonIn(room)]
  await Promise.all(daemons.map(daemon => daemon.start()))
  await until(async () => {
    const plugins = await Promise.all(daemons.map(pluginOf))
    return plugins.some(plugin =>
      plugin?.problem?.includes('Only one program can hear what people say to a bot'),
    )
  }, 'one that says so')
  for (const [at, daemon] of daemons.entries()) {
    const session = await watched(room, daemon, `of ${at}`)
    await daemon.send(session.id, 'echo hello')
    await session.sees(/exit 0\nhello$/)
  }
})

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map(name => join(dir, name))
    .filter(path => statSync(path).isFile())
}
