import assert from 'node:assert/strict'
import { z } from 'zod'
import { definePlugin } from '../../host/plugin.ts'
import { createTestHost } from '../test-host.ts'
import type { AdapterConformance, FarSide } from './adapter-conformance.ts'
import { inArena, lines } from './arena.ts'

/** Options, start and stop. */
export function lifecycleTests<Options extends z.ZodType>(suite: AdapterConformance<Options>): void {
  const { test, plugin } = suite

  test(
    'an option that does not exist is refused by its name',
    atFarSide(suite, async far => {
      const configured = { ...plugin(far.options), options: { ...Object(far.options), 'no-such-option': 1 } }
      await assert.rejects(createTestHost({ plugins: [configured] }), {
        code: 'TC_ERR_CONFIG_INVALID',
        message: /no-such-option/,
      })
    }),
  )

  test(
    'it registers an adapter that says what it supports',
    inArena(suite, async arena => {
      const { type, supports, streamMessages, getMessages } = arena.adapter
      assert.match(type, /^[a-z][a-z0-9-]*$/)
      assert(arena.host.client.types.includes(type))
      for (const feature of ['stream', 'edit', 'files', 'threads'] as const) {
        assert.equal(typeof supports[feature], 'boolean', `supports.${feature}`)
      }
      assert.equal(
        supports.stream,
        Boolean(streamMessages && getMessages),
        'supports.stream says what is there',
      )
    }),
  )

  test(
    'it starts, stops and starts again on the same state',
    inArena(suite, async arena => {
      const { type } = arena.adapter
      await arena.stop()
      await arena.host.start()
      assert(arena.host.client.types.includes(type))
    }),
  )

  test(
    'it stops cleanly when the daemon stops while it is starting',
    atFarSide(suite, async far => {
      const plugins = [plugin(far.options), failing()]
      await assert.rejects(createTestHost({ plugins }), { code: 'TC_ERR_PLUGIN_SETUP' })
      const host = await createTestHost({ plugins: [plugin(far.options)] })
      await host[Symbol.asyncDispose]()
    }),
  )

  test(
    'it makes a channel for every session and says where',
    inArena(suite, async arena => {
      const { type } = arena.adapter
      const session = await arena.host.startSession()
      const metadata = () => arena.host.sessions.get(session.id).adapterMetadata[type]
      await arena.host.print(session, lines(1, 1))
      await arena.hasLines(session, 1)
      assert(metadata(), 'createChannel returned nothing')
      assert.deepEqual(JSON.parse(JSON.stringify(metadata())), metadata(), 'metadata must be JSON')
    }),
  )
}

function atFarSide<Options extends z.ZodType>(
  suite: AdapterConformance<Options>,
  test: (far: FarSide<z.input<Options>>) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const far = await suite.openFarSide()
    try {
      await test(far)
    } finally {
      await far[Symbol.asyncDispose]()
    }
  }
}

const failing = definePlugin({
  name: 'failing',
  summary: 'Keeps a daemon from starting.',
  options: z.strictObject({}),
  setup() {
    throw new Error('this plugin always fails')
  },
})
