import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { definePlugin, type PluginContext, z } from '../../../../core/index.ts'
import type { Session } from '../../../../core/sessions/session.ts'
import { createTestHost, type TestHostOptions } from '../../../../core/testing/test-host.ts'
import { createBotApi } from '../../../../plugins/telegram/api/bot-api.ts'
import { createHealth } from '../../../../plugins/telegram/health.ts'
import { createOutgoing } from '../../../../plugins/telegram/outgoing/outgoing.ts'
import { createLogs } from '../../../../plugins/telegram/people/logs.ts'
import { createPost } from '../../../../plugins/telegram/post.ts'
import { createShutOut } from '../../../../plugins/telegram/shut-out.ts'
import { createMask } from '../../../../plugins/telegram/text/index.ts'
import type { StoredFile } from '../../../support/telegram/index.ts'
import { openRoom } from '../../../support/telegram-room.ts'
import { until } from '../../../support/until.ts'

const BUDGETS = { perMinute: 10_000, livePerMinute: 10_000, perSecond: 100, botPerSecond: 100 }
const mask = createMask(true)

/** The logs of a daemon in this process, and a room that gets them. */
async function logsInRoom({
  partBytes,
  config,
}: Pick<TestHostOptions, 'config'> & { partBytes?: number } = {}) {
  const room = await openRoom()
  const { ctx, plugin } = contextOf()
  const host = await createTestHost({ plugins: [plugin], ...(config && { config }) })
  onTestFinished(() => host[Symbol.asyncDispose]())
  const { clock, log } = ctx()
  const api = createBotApi({ apiRoot: room.telegram.apiRoot, token: room.bot.token, clock })
  const outgoing = createOutgoing({
    clock,
    log,
    budgets: BUDGETS,
    probe: () => api.call('getMe', {}),
    onProblem() {},
    onPaused() {},
  })
  onTestFinished(async () => {
    await outgoing.close()
    api.close()
  })
  const group = { id: room.forum.id, moved() {} }
  const post = createPost({
    api,
    outgoing,
    group,
    health: createHealth(() => {}),
    log,
    shutOut: createShutOut(clock),
  })
  const logs = createLogs({ ctx: ctx(), post, mask }, partBytes)
  const caller = { principal: { kind: 'user', name: 'test', scopes: '*' }, surface: 'test' } as const
  const place = { chat: room.forum.id, topic: null, lane: 'lane' }
  const files = () => room.forum.messages.flatMap(({ document }) => document ?? [])
  return {
    ...{ room, host, logs, files },
    send: (session: Session) => logs.send({ session: session.id, place, caller }),
  }
}

function contextOf(): { ctx(): PluginContext; plugin: ReturnType<ReturnType<typeof definePlugin>> } {
  let context: PluginContext | undefined
  const plugin = definePlugin({
    name: 'logs',
    summary: 'Has the logs of a test.',
    options: z.strictObject({}),
    setup(ctx) {
      context = ctx
    },
  })
  return {
    plugin: plugin(),
    ctx() {
      if (context) return context
      throw new Error('the host has not started')
    },
  }
}

const textOf = (files: readonly StoredFile[]) => Buffer.concat(files.map(({ bytes }) => bytes)).toString()
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `this is line ${from + index}\r\n`).join('')

/** Whether this process has a log open. */
const isLogOpen = () =>
  readdirSync('/proc/self/fd').some(fd => {
    try {
      return readlinkSync(join('/proc/self/fd', fd)).includes('/logs/unnamed')
    } catch {
      return false // it was the one with which the folder was read
    }
  })

test('what is too large for one file comes as several, numbered, cut at the ends of lines', async () => {
  const { host, send, files } = await logsInRoom({ partBytes: 200_000 })
  const session = await host.startSession({ title: 'a: long one' })
  for (let from = 0; from < 25_000; from += 5000) await host.print(session, numbered(from, from + 5000))
  expect(await send(session)).toBe(true)
  expect(files().map(({ name }) => name)).toEqual([
    'a_ long one 1 of 3.txt',
    'a_ long one 2 of 3.txt',
    'a_ long one 3 of 3.txt',
  ])
  expect(textOf(files())).toBe(numbered(0, 25_000).replaceAll('\r', ''))
  for (const { bytes } of files()) {
    expect(bytes.length).toBeLessThanOrEqual(200_000)
    expect(Buffer.from(bytes).toString()).toMatch(/^this is line \d+\n.*\n$/s)
  }
  expect(isLogOpen()).toBe(false)
})

test('each try sends it whole, from the beginning', async () => {
  const { host, room, send, files } = await logsInRoom()
  const session = await host.startSession()
  const text = numbered(0, 20_000)
  await host.print(session, text)
  for (const fault of ['disconnect-before', '500'] as const) room.telegram.faults.next('sendDocument', fault)
  await send(session)
  expect(room.telegram.faults.taken).toHaveLength(2)
  expect(files().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([text.replaceAll('\r', '')])
})

test('it has no name on the disk while it is sent, and is gone when Telegram refuses it', async () => {
  const { host, room, send } = await logsInRoom()
  const session = await host.startSession()
  await host.print(session, 'one\r\n')
  room.telegram.faults.next('sendDocument', { retryAfter: 1 })
  room.telegram.faults.next('sendDocument', { code: 400, description: 'Bad Request: no file' })
  const sending = send(session)
  await until(() => room.telegram.faults.taken.length > 0, 'a first try')
  expect(isLogOpen()).toBe(true)
  expect(readdirSync(join(host.stateDir, 'logs', 'logs'))).toEqual([])
  await expect(sending).rejects.toThrow(/no file/)
  expect(isLogOpen()).toBe(false)
})

test('the daemon ends without it', async () => {
  const { host, room, logs, send } = await logsInRoom()
  const session = await host.startSession()
  await host.print(session, 'one\r\n')
  room.telegram.faults.next('sendDocument', 'timeout')
  const sending = send(session)
  await until(() => room.telegram.faults.taken.length > 0, 'a first try')
  expect(logs.isUnderWay(session.id)).toBe(true)
  await Promise.all([expect(sending).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' }), host.stop()])
  expect(logs.isUnderWay(session.id)).toBe(false)
  expect(isLogOpen()).toBe(false)
})

test('what is kept no more is said at the beginning, and nothing is sent of nothing', async () => {
  const { host, send, files } = await logsInRoom({ config: { retention: { liveBytes: 65_536 } } })
  const session = await host.startSession()
  expect(await send(session)).toBe(false)
  for (let from = 0; from < 20_000; from += 1000) await host.print(session, numbered(from, from + 1000))
  expect(await send(session)).toBe(true)
  const [first, ...lines] = textOf(files()).split('\n')
  expect(first).toMatch(/^\[… 3\d\d KB are kept no more …\]$/)
  expect(lines.length).toBeGreaterThan(1000)
  expect(lines.slice(1).join('\r\n')).toBe(numbered(20_000 - lines.length + 2, 20_000))
})
