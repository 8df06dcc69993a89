import { existsSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Adapter } from '../../../core/adapters/adapter.ts'
import { TeleclaudeError } from '../../../core/errors.ts'
import { createHost } from '../../../core/host/host.ts'
import {
  type ConfiguredPlugin,
  definePlugin,
  type PluginContext,
  type PluginDefinition,
} from '../../../core/host/plugin.ts'
import { defineService } from '../../../core/host/service.ts'
import { defineOperation } from '../../../core/operations/operation.ts'
import { hostParts } from '../../support/host-parts.ts'
import { sampleSession } from '../../support/sample-session.ts'

const Clicks = defineService<{ count: number }>('clicks')
const Chimes = defineService<{ count: number }>('chimes')
const never = () => new Promise<never>(() => {})
const nothing = z.strictObject({})

type Parts = Partial<PluginDefinition<typeof nothing>>

function plugin(
  name: string,
  setup: (ctx: PluginContext) => Promise<void> | void,
  parts: Parts = {},
): ConfiguredPlugin {
  return definePlugin({ name, summary: `Adds ${name}.`, options: nothing, ...parts, setup })()
}

function setUp() {
  const test = hostParts()
  return { ...test, host: createHost(test.parts) }
}

describe('boot', () => {
  it('sets plugins up after those whose services they use, and otherwise as configured', async () => {
    const { host } = setUp()
    const order: string[] = []
    await host.boot([
      plugin('user', ctx => void order.push(`user ${ctx.services.get(Clicks).count}`), {
        requires: [Clicks],
      }),
      plugin('fan', ctx => void order.push(`fan ${ctx.services.find(Clicks)?.count}`), {
        optional: [Clicks, Chimes],
      }),
      plugin(
        'maker',
        ctx => {
          order.push('maker')
          ctx.provide(Clicks, { count: 3 })
        },
        { provides: [Clicks] },
      ),
    ])
    expect(order).toEqual(['maker', 'user 3', 'fan 3'])
    expect(host.services.get(Clicks).count).toBe(3)
  })

  it('reports every wrong option of every plugin at once, before any is set up', async () => {
    const { host } = setUp()
    let setups = 0
    const strict = (name: string) =>
      definePlugin({
        name,
        summary: '',
        options: z.strictObject({ url: z.string(), hosts: z.array(z.number()).default([]) }),
        setup: () => void setups++,
      })
    const fault = await host
      .boot([
        strict('redis')({ url: 1, hosts: [1, '2'] } as never),
        strict('other')({ url: 'x', extra: 1 } as never),
      ])
      .catch(error => error)
    expect(fault.code).toBe('TC_ERR_CONFIG_INVALID')
    for (const path of ['plugins.redis.url: ', 'plugins.redis.hosts[1]: ', 'plugins.other.extra: ']) {
      expect(fault.message).toContain(path)
    }
    expect(setups).toBe(0)
  })

  it.each<[string, string, ConfiguredPlugin[], RegExp]>([
    [
      'a missing service',
      'TC_ERR_SERVICE_MISSING',
      [plugin('a', () => {}, { requires: [Clicks] })],
      /plugins\.a: needs the service 'clicks'/,
    ],
    [
      'a duplicate service',
      'TC_ERR_SERVICE_DUPLICATE',
      [plugin('a', () => {}, { provides: [Clicks] }), plugin('b', () => {}, { provides: [Clicks] })],
      /plugins\.b: provides the service 'clicks', which plugin 'a'/,
    ],
    [
      'services in a circle',
      'TC_ERR_SERVICE_CYCLE',
      [
        plugin('a', () => {}, { provides: [Clicks], requires: [Chimes] }),
        plugin('b', () => {}, { provides: [Chimes], optional: [Clicks] }),
      ],
      /a → b → a/,
    ],
    [
      'a plugin that is there twice',
      'TC_ERR_CONFIG_INVALID',
      [plugin('a', () => {}), plugin('a', () => {})],
      /more than once/,
    ],
  ])('refuses %s', async (_, code, plugins, message) => {
    const { host } = setUp()
    await expect(host.boot(plugins)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(host.plugins()).toEqual([])
  })

  it('refuses a plugin that provides what core does', async () => {
    const { parts } = setUp()
    const host = createHost({ ...parts, coreServices: [[Clicks, { count: 1 }]] })
    await expect(host.boot([plugin('a', () => {}, { provides: [Clicks] })])).rejects.toMatchObject({
      code: 'TC_ERR_SERVICE_DUPLICATE',
    })
  })

  it("lets every plugin use core's services, and no other that it did not declare", async () => {
    const { parts } = setUp()
    const host = createHost({ ...parts, coreServices: [[Chimes, { count: 12 }]] })
    await host.boot([plugin('a', ctx => expect(ctx.services.get(Chimes).count).toBe(12))])
    const sneaky = createHost(parts).boot([
      plugin('maker', ctx => ctx.provide(Clicks, { count: 1 }), { provides: [Clicks] }),
      plugin('sneaky', ctx => void ctx.services.get(Clicks)),
    ])
    await expect(sneaky).rejects.toMatchObject({ code: 'TC_ERR_SERVICE_MISSING', plugin: 'sneaky' })
  })

  it.each<[string, ConfiguredPlugin]>([
    ['does not provide what it declares', plugin('a', () => {}, { provides: [Clicks] })],
    ['provides what it does not declare', plugin('a', ctx => ctx.provide(Clicks, { count: 1 }))],
  ])('refuses a plugin that %s', async (_, refused) => {
    const { host } = setUp()
    await expect(host.boot([refused])).rejects.toMatchObject({
      code: 'TC_ERR_PLUGIN_SETUP',
      plugin: 'a',
      message: expect.stringContaining("'clicks'"),
    })
  })

  it('closes what had started, in reverse, when a plugin throws, and says which', async () => {
    const { host } = setUp()
    const closed: string[] = []
    const boot = host.boot([
      plugin('first', ctx => ctx.onClose(() => void closed.push('first'))),
      plugin('second', ctx => ctx.onClose(() => void closed.push('second'))),
      plugin('third', ctx => {
        ctx.onClose(() => void closed.push('half of third'))
        throw new Error('no such folder')
      }),
      plugin('fourth', () => void closed.push('never set up')),
    ])
    const message = "plugin 'third' failed to start: no such folder"
    await expect(boot).rejects.toMatchObject({ code: 'TC_ERR_PLUGIN_SETUP', plugin: 'third', message })
    expect(closed).toEqual(['half of third', 'second', 'first'])
    expect(host.plugins()[2]).toMatchObject({ name: 'third', state: 'failed', health: expect.any(String) })
  })

  it('gives a plugin that hangs in set-up 10 s, and releases what it acquires later', async () => {
    const { host, clock } = setUp()
    const late = Promise.withResolvers<void>()
    let isReleased = false
    const boot = host
      .boot([
        plugin('hangs', async ctx => {
          await late.promise
          ctx.onClose(() => {
            isReleased = true
          })
        }),
      ])
      .catch(error => error)
    await clock.advance(10_000)
    expect(await boot).toMatchObject({ code: 'TC_ERR_PLUGIN_SETUP', plugin: 'hangs' })
    late.resolve()
    await clock.advance(0)
    expect(isReleased).toBe(true)
  })

  it('stops while starting: the plugin under way is told, later ones are not set up', async () => {
    const { host } = setUp()
    const calls: string[] = []
    const boot = host
      .boot([
        plugin('slow', async ctx => {
          ctx.onClose(() => void calls.push('closed'))
          await new Promise(resolve => ctx.signal.addEventListener('abort', resolve))
          calls.push('told')
        }),
        plugin('later', () => void calls.push('never set up')),
      ])
      .catch(error => error)
    await host.close()
    expect(await boot).toMatchObject({ code: 'TC_ERR_CANCELLED' })
    expect(calls).toEqual(['told', 'closed'])
  })

  it("adds a plugin's operations", async () => {
    const { host, operations } = setUp()
    const ring = defineOperation({
      name: 'bell.ring',
      summary: 'Rings.',
      input: nothing,
      output: nothing,
      scope: 'bell:ring',
      idempotent: false,
      at: 'here',
      run: async () => ({}),
    })
    await host.boot([plugin('bell', () => {}, { operations: [ring] })])
    expect(operations).toEqual([ring])
  })
})

describe('what a plugin is given', () => {
  it('has a private folder of its own, made when it is first asked for', async () => {
    const { host, parts } = setUp()
    let dir = ''
    await host.boot([
      plugin('files', ctx => {
        dir = ctx.stateDir
      }),
      plugin('none', () => {}),
    ])
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    expect(existsSync(`${parts.stateDir}/none`)).toBe(false)
  })

  it('says in every record of its log whose it is', async () => {
    const { host, records } = setUp()
    await host.boot([plugin('chatty', ctx => ctx.log.info('hello'))])
    expect(records()).toMatchObject([{ plugin: 'chatty', msg: 'hello' }])
  })

  it('ends with the plugin: hooks and adapters', async () => {
    const { host, parts, adapters } = setUp()
    const adapter: Adapter = {
      type: 'bell',
      supports: { stream: false, edit: false, files: false, threads: false },
      createChannel: async () => ({}),
      sendMessage: async () => {},
    }
    let calls = 0
    let ctx: PluginContext | undefined
    await host.boot([
      plugin('bell', given => {
        ctx = given
        given.client.register(adapter)
        given.hooks.onSessionClose(() => void calls++)
        given.onClose(() => expect(adapters.size).toBe(0))
      }),
    ])
    expect([...adapters]).toEqual(['bell'])
    expect(await host.close()).toEqual([])
    await parts.hookPoints.sessionClose(sampleSession())
    expect(calls).toBe(0)
    expect(() => ctx?.client.register(adapter)).toThrow(/has ended/)
  })
})

describe('health', () => {
  it('shows what a plugin says, and what its onReady throws', async () => {
    const { host } = setUp()
    let ctx: PluginContext | undefined
    await host.boot([
      plugin('well', () => {}),
      plugin('remote', given => {
        ctx = given
        given.setHealth('the server is down')
      }),
      plugin('sore', given =>
        given.onReady(() => {
          throw new Error('no port')
        }),
      ),
    ])
    expect(host.plugins().map(({ state }) => state)).toEqual(['starting', 'starting', 'starting'])
    await host.ready()
    expect(host.plugins()).toMatchObject([
      { name: 'well', state: 'ready', health: null, summary: 'Adds well.' },
      { name: 'remote', state: 'degraded', health: 'the server is down' },
      { name: 'sore', state: 'degraded', health: "plugin 'sore' failed to get ready: no port" },
    ])
    ctx?.setHealth(null)
    expect(host.plugins()[1]).toMatchObject({ state: 'ready', health: null })
  })
})

describe('close', () => {
  it('stops intake everywhere first, then closes in reverse, and reports every failure', async () => {
    const { host, clock } = setUp()
    const calls: string[] = []
    const closing = (name: string, fn: () => Promise<void> | void) =>
      plugin(name, ctx => {
        ctx.signal.addEventListener('abort', () => calls.push(`stop ${name}`))
        ctx.onClose(() => void calls.push(`last of ${name}`))
        ctx.onClose(fn)
      })
    await host.boot([
      closing('throws', () => {
        throw new TeleclaudeError('TC_ERR_STORE', 'cannot flush')
      }),
      closing('hangs', never),
      closing('closes', () => void calls.push('closed')),
    ])
    const closed = host.close()
    await clock.advance(10_000)
    expect(await closed).toMatchObject([
      { code: 'TC_ERR_PLUGIN_CLOSE', plugin: 'hangs' },
      { code: 'TC_ERR_STORE', plugin: 'throws' },
    ])
    expect(calls).toEqual([
      'stop throws',
      'stop hangs',
      'stop closes',
      'closed',
      'last of closes',
      'last of hangs',
      'last of throws',
    ])
    expect(host.plugins().map(({ state }) => state)).toEqual(['closed', 'closed', 'closed'])
  })

  it('happens once, however often it is asked for', async () => {
    const { host } = setUp()
    let calls = 0
    await host.boot([plugin('one', ctx => ctx.onClose(() => void calls++))])
    await Promise.all([host.close(), host.close()])
    await host.close()
    expect(calls).toBe(1)
  })
})
