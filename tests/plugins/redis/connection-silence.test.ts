import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { watchSilence } from '../../../plugins/redis/connection-silence.ts'
import { until } from '../../support/until.ts'

/** A connection that is watched with a patience of 100 ms, and the other end of it. */
async function watched() {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  const stream = connect(port, '127.0.0.1').resume()
  const [peer] = (await once(server, 'connection')) as [Socket] // what the event gives
  const clock = new FakeClock()
  const silences: AbortSignal[] = []
  const watch = watchSilence({
    // Nothing else of it is looked at.
    connection: { stream } as unknown as Redis,
    clock,
    patienceMs: () => 100,
    onSilence: over => silences.push(over),
  })
  onTestFinished(() => {
    watch[Symbol.dispose]()
    stream.destroy()
    peer.destroy()
    server.close()
  })
  const hears = async () => {
    const before = stream.bytesRead
    peer.write('.')
    await until(() => stream.bytesRead > before, 'a byte')
  }
  return { clock, watch, silences, hears }
}

test('an answer that is due later is waited for until then, and for as long as patience lasts', async () => {
  const { clock, watch, silences } = await watched()
  watch.due(1000)
  await clock.advance(1099)
  expect(silences).toHaveLength(0)
  await clock.advance(1)
  expect(silences).toHaveLength(1)
})

test('a large answer over a slow line is no silence', async () => {
  const { clock, watch, silences, hears } = await watched()
  watch.due(0)
  for (let byte = 0; byte < 5; byte++) {
    await hears()
    await clock.advance(99)
  }
  expect(silences).toHaveLength(0)
  await clock.advance(200)
  expect(silences).toHaveLength(1)
})

test('a silence is over when something comes, and another one may follow', async () => {
  const { clock, watch, silences, hears } = await watched()
  watch.due(0)
  await clock.advance(100)
  watch.due(0)
  await clock.advance(1000)
  expect(silences.map(({ aborted }) => aborted)).toEqual([false])
  await hears()
  expect(silences.map(({ aborted }) => aborted)).toEqual([true])
  await clock.advance(100)
  expect(silences.map(({ aborted }) => aborted)).toEqual([true, false])
})

test('nobody watches any more once it is disposed of', async () => {
  const { clock, watch, silences } = await watched()
  watch.due(0)
  await clock.advance(100)
  watch[Symbol.dispose]()
  expect(silences.map(({ aborted }) => aborted)).toEqual([true])
  watch.due(0)
  await clock.advance(1000)
  expect(silences).toHaveLength(1)
  expect(clock.timers).toBe(0)
})
