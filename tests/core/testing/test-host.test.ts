import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { definePlugin } from '../../../core/index.ts'
import { createMemoryAdapter, createTestHost, FakeClock, until } from '../../../core/testing/index.ts'

test('a session prints what the test says, and operations read it', async () => {
  await using host = await createTestHost()
  const session = await host.startSession({ title: 'demo' })
  await host.print(session, 'hello\r\n')
  const { output } = await host.call<{ output: string }>('session.read', { session_id: session.id })
  expect(output).toBe('hello\n')
})

test('what is typed can be looked at', async () => {
  await using host = await createTestHost()
  const session = await host.startSession()
  await host.call('session.input', { session_id: session.id, text: 'ls' })
  expect(host.typed(session)).toEqual([{ type: 'text', text: 'ls', submit: true }])
})

test('a program ends as the test says', async () => {
  await using host = await createTestHost()
  const session = await host.startSession()
  await host.exit(session, { exitCode: 3, signal: null })
  expect(host.sessions.get(session.id)).toMatchObject({ state: 'closed', exitCode: 3 })
})

test('sessions and what they printed are there after a restart', async () => {
  await using host = await createTestHost()
  const session = await host.startSession()
  await host.print(session, 'before\r\n')
  await host.stop()
  await host.start()
  await host.print(session, 'after\r\n')
  const { output } = await host.call<{ output: string }>('session.read', { session_id: session.id })
  expect(output).toBe('before\nafter\n')
})

test('text of any length is printed whole, however its characters fall', async () => {
  await using host = await createTestHost()
  const session = await host.startSession()
  const text = 'a😀é'.repeat(2000)
  await host.print(session, text)
  const { output } = await host.call<{ output: string }>('session.read', {
    session_id: session.id,
    max_bytes: 1_000_000,
  })
  expect(output).toBe(text)
})

test('a stopped host says that it is stopped', async () => {
  await using host = await createTestHost()
  await host.stop()
  expect(() => host.sessions).toThrow(/start\(\) it first/)
})

test('a plugin that cannot start leaves nothing behind', async () => {
  let stateDir = ''
  const failing = definePlugin({
    name: 'failing',
    summary: 'Fails.',
    options: z.strictObject({}),
    setup(ctx) {
      stateDir = ctx.stateDir
      throw new Error('no')
    },
  })
  await expect(createTestHost({ plugins: [failing()] })).rejects.toMatchObject({
    code: 'TC_ERR_PLUGIN_SETUP',
  })
  expect(existsSync(stateDir)).toBe(false)
})

test('time stands still until the clock is moved', async () => {
  const clock = new FakeClock()
  await using host = await createTestHost({ clock })
  const session = await host.startSession()
  expect(session.createdAt).toBe(clock.now())
})

test('everything logged is there, plugins by their name', async () => {
  const chatty = definePlugin({
    name: 'chatty',
    summary: 'Talks.',
    options: z.strictObject({}),
    setup: ctx => ctx.log.trace('a word'),
  })
  await using host = await createTestHost({ plugins: [chatty()] })
  expect(host.logs.map(line => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ plugin: 'chatty', msg: 'a word' }),
  )
})

test('a memory adapter keeps what it is sent, over restarts', async () => {
  const memory = createMemoryAdapter()
  await using host = await createTestHost({ plugins: [memory.plugin] })
  const session = await host.startSession()
  await host.print(session, 'one\r\n')
  await until(() => memory.text(session.id) === 'one\n', 'the first line')
  await host.stop()
  await host.start()
  await host.print(session, 'two\r\n')
  await host.exit(session)
  await until(() => memory.events.length === 2, 'the end')
  expect(memory.text(session.id)).toBe('one\ntwo\n')
  expect(memory.events).toEqual([`created ${session.id}`, `closed ${session.id}`])
})
