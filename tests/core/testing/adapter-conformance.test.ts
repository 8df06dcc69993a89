import { expect, test } from 'vitest'
import { z } from 'zod'
import { type Adapter, definePlugin, type PluginFactory } from '../../../core/index.ts'
import { adapterConformance, type RunnerContext } from '../../../core/testing/index.ts'
import { Loopback, loopbackPlugin } from './loopback.ts'

adapterConformance({ test, plugin: loopbackPlugin(), openFarSide: async () => new Loopback() })

/** Runs one test of the suite against a plugin; settles with why it failed, or undefined. */
async function verdict(plugin: PluginFactory, name: RegExp): Promise<string | undefined> {
  const tests = new Map<string, (runner: RunnerContext) => Promise<void>>()
  adapterConformance({
    test: (name, fn) => tests.set(name, fn),
    // Its options are those of the loopback plugin, whatever else it does.
    plugin: plugin as unknown as ReturnType<typeof loopbackPlugin>,
    openFarSide: async () => new Loopback(),
  })
  const found = [...tests].find(([title]) => name.test(title))
  if (!found) throw new Error(`no test of the suite is called ${name}`)
  const skip = (reason: string) => Promise.reject(new Error(`skipped: ${reason}`))
  return found[1]({ skip }).then(
    () => undefined,
    (error: Error) => error.message,
  )
}

const faulty = (faults: (adapter: Adapter, place: Loopback) => Partial<Adapter>) =>
  loopbackPlugin(faults) as unknown as PluginFactory

test.each([
  [
    'puts all sessions into one place',
    /at the same time/,
    faulty((adapter, place) => ({
      async sendMessage(session, batch, signal) {
        await adapter.sendMessage(session, batch, signal)
        const all = [...new Set([...place.entries.values()].flat())]
        for (const id of place.entries.keys()) place.entries.set(id, all)
      },
    })),
    /shows what another printed|out of order/,
  ],
  [
    'turns batches around',
    /arrives, in order/,
    faulty(adapter => ({
      sendMessage: (session, batch, signal) =>
        adapter.sendMessage(session, { ...batch, entries: batch.entries.toReversed() }, signal),
    })),
    /out of order/,
  ],
  [
    'gives metadata that is not JSON',
    /makes a channel/,
    faulty(() => ({ createChannel: async () => ({ since: new Date() }) })),
    /must be JSON|deep-equal/,
  ],
  [
    'claims to stream and does not',
    /says what it supports/,
    faulty(() => ({ supports: { stream: false, edit: false, files: false, threads: true } })),
    /supports.stream/,
  ],
  [
    'comes back before it was asked to',
    /asks to be left alone/,
    faulty(adapter => ({
      sendMessage: (...args) =>
        adapter.sendMessage(...args).catch(() => {
          throw new Error('too many requests')
        }),
    })),
    /again too early/,
  ],
  ['accepts any option', /option that does not exist/, tolerant(), /Missing expected rejection/],
  ['logs its token', /no secret/, talkative(), /a log line holds a secret/],
])('an adapter that %s does not pass', async (_, name, plugin, why) => {
  expect(await verdict(plugin, name)).toMatch(why)
})

function tolerant(): PluginFactory {
  return redefined({ options: z.looseObject({ token: z.string(), place: z.string() }) })
}

function talkative(): PluginFactory {
  const { definition } = loopbackPlugin()
  return redefined({
    setup(ctx, options) {
      ctx.log.info({ connecting: `to ${Object(options).token}` })
      return definition.setup(ctx, options as { token: string; place: string })
    },
  })
}

function redefined(change: Partial<PluginFactory['definition']>): PluginFactory {
  const definition = loopbackPlugin().definition as unknown as PluginFactory['definition']
  return definePlugin({ ...definition, ...change })
}
