import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { systemClock } from '../../../core/clock.ts'
import { createHost } from '../../../core/host/host.ts'
import { newSessionId } from '../../../core/ids.ts'
import { MeshService } from '../../../core/mesh/mesh.ts'
import { PresenceService, TransportService } from '../../../core/transport.ts'
import { redis } from '../../../plugins/redis/index.ts'
import type { redisOptions } from '../../../plugins/redis/options.ts'
import { hostParts } from '../../support/host-parts.ts'
import { startRedis } from '../../support/redis-server.ts'
import { root } from '../../support/source-files.ts'
import { until } from '../../support/until.ts'
import { connections } from './connected-link.ts'
import { bytesOf, Collector, entriesFrom, Watcher } from './connected-transport.ts'
import { documentedAcl } from './documented-acl.ts'

const SESSION = newSessionId()

/** A host in real time whose core has a mesh, with or without a secret. Disposing closes it. */
function meshHost({ hasSecret = true } = {}) {
  const { parts, records } = hostParts()
  const mesh = { hasSecret }
  const host = createHost({ ...parts, clock: systemClock, coreServices: [[MeshService, mesh]] })
  const health = () => host.plugins()[0]?.health ?? null
  return { host, health, records, [Symbol.asyncDispose]: async () => void (await host.close()) }
}

async function started(options: z.input<typeof redisOptions>) {
  const around = meshHost()
  await around.host.boot([redis(options)])
  await around.host.ready()
  return around
}

test('without a secret of the mesh it does not start, and says how to make one', async () => {
  await using redisServer = await startRedis()
  await using around = meshHost({ hasSecret: false })
  await expect(around.host.boot([redis({ url: redisServer.url })])).rejects.toMatchObject({
    code: 'TC_ERR_SECRET',
    message: expect.stringContaining('teleclaude init --mesh'),
  })
})

test('it carries and announces once it is connected, and nothing is left when it is closed', async () => {
  await using server = await startRedis()
  await using around = await started({ url: server.url })
  const transport = around.host.services.get(TransportService)
  const presence = around.host.services.get(PresenceService)
  await until(() => transport.state.up, 'a transport that is up')
  expect(await transport.send('beta', new Uint8Array([1, 2, 3]))).not.toBeNull()
  expect(await server.cli('XLEN', 'teleclaude:messages:beta')).toBe('1')
  expect(await presence.announce('alpha', new Uint8Array([1]), null)).toBeNull()
  expect(around.host.plugins()).toMatchObject([{ name: 'redis', state: 'ready', health: null }])
  expect(await around.host.close()).toEqual([])
  expect(await connections(server)).toEqual([])
})

test('a user with the documented permissions can do everything that it needs', async () => {
  const password = 'a-password-of-its-own'
  await using server = await startRedis({ users: [`carrier on >${password} ${documentedAcl()}`] })
  await using around = await started({ url: server.url, username: 'carrier', password })
  const transport = around.host.services.get(TransportService)
  const presence = around.host.services.get(PresenceService)
  await until(() => transport.state.up, 'a transport that is up')
  const intake = new Collector()
  intake.fate = async () => 'no reason at all'
  const watcher = new Watcher()
  using _mail = transport.receive(intake)
  using _stream = transport.readStream(SESSION, 0, watcher)
  await transport.send('alpha', bytesOf('mail'))
  await transport.append(SESSION, entriesFrom(1, 3))
  await until(() => intake.mails.length === 1 && watcher.read.length === 3, 'what was sent')
  await until(
    async () => (await server.cli('XLEN', 'teleclaude:messages:alpha:dead')) === '1',
    'a dead letter',
  )
  await transport.removeStream(SESSION)
  await presence.announce('alpha', bytesOf('beat'), null)
  await presence.list([])
  await presence.withdraw('alpha', bytesOf('beat'))
  await presence.forget('alpha')
  await around.host.close()
  expect(await server.cli('ACL', 'LOG')).toBe('')
})

test('it starts without Redis, says why it is degraded, and is well when Redis is there', async () => {
  await using server = await startRedis()
  await server.stop()
  await using around = await started({ url: server.url })
  await until(() => around.health()?.includes('is not running there'), 'its health')
  expect(around.host.plugins()).toMatchObject([{ state: 'degraded' }])
  expect(around.host.services.get(TransportService).state).toMatchObject({
    up: false,
    problem: around.health(),
  })
  await server.start()
  await until(() => around.health() === null, 'its health')
  expect(around.host.plugins()).toMatchObject([{ state: 'ready' }])
})

test('the same problem is logged once, however often it is met', async () => {
  await using server = await startRedis({ tcp: 'plain' })
  await server.stop()
  await using around = await started({ url: server.url })
  await until(() => around.health() !== null, 'a first failure')
  const warnings = () => around.records().filter(({ level }) => level === 'warn' || level === 40)
  expect(warnings()).toHaveLength(1)
  await server.start()
  await until(() => around.health() === null, 'a connection')
  expect(warnings()).toHaveLength(1)
})

test('nothing of ioredis is loaded before the plugin is set up', async () => {
  const plugin = pathToFileURL(`${root}plugins/redis/index.ts`).href
  const script = `
    import { createRequire } from 'node:module'
    await import(${JSON.stringify(plugin)})
    const { cache } = createRequire(import.meta.url)
    console.log(Object.keys(cache).filter(path => path.includes('ioredis')).length)`
  const args = [...process.execArgv, '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout.trim()).toBe('0')
})
