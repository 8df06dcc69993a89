import { expect, onTestFinished, test } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { createClients } from '../../../plugins/redis/connection-clients.ts'
import { ConnectionLife } from '../../../plugins/redis/connection-life.ts'
import { nodesOf } from '../../../plugins/redis/connection-nodes.ts'
import { redisOptions } from '../../../plugins/redis/options.ts'

/** A connection of which the nodes fall silent when the test says so, and the silences that it is told of. */
async function withNodes() {
  const clients = await createClients(redisOptions.parse({ url: 'redis://127.0.0.1:1' }), 'alpha')
  const client = clients.forCommands()
  const silent = Promise.withResolvers<(over: AbortSignal) => void>()
  const asked = Promise.withResolvers<void>()
  const pulse = {
    patienceMs: 100,
    ask(onSilence: (over: AbortSignal) => void) {
      silent.resolve(onSilence)
      return asked.promise
    },
  }
  const life = new ConnectionLife(client, nodesOf(client, clients.slotOf), pulse, clients, new FakeClock())
  onTestFinished(() => {
    asked.resolve()
    return life.close()
  })
  const told: AbortSignal[] = []
  life.onSilence(over => told.push(over))
  life.check()
  const onSilence = await silent.promise
  const fallSilent = () => {
    const silence = new AbortController()
    onSilence(silence.signal)
    return silence
  }
  return { life, told, fallSilent }
}

test('of several nodes that are silent one is told of, and the next when that is heard again', async () => {
  const { told, fallSilent } = await withNodes()
  const [first, second, third] = [fallSilent(), fallSilent(), fallSilent()]
  expect(told).toEqual([first.signal])
  second.abort()
  expect(told).toHaveLength(1)
  first.abort()
  expect(told).toEqual([first.signal, third.signal])
  third.abort()
  const again = fallSilent()
  expect(told.slice(2)).toEqual([again.signal])
})

test('once it was dropped no silence is told of', async () => {
  const { life, told, fallSilent } = await withNodes()
  const [first] = [fallSilent(), fallSilent()]
  await life.close()
  first.abort()
  fallSilent()
  expect(told).toEqual([first.signal])
})
