import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { createDaemonClient } from '../../../core/control/client.ts'
import { TeleclaudeError } from '../../../core/errors.ts'
import { until } from '../../support/until.ts'
import { controlServer } from './harness.ts'

test('items come in order, each after the one before was handled, and all before the result', async () => {
  await using control = await controlServer({
    async count(_input, { onItem }) {
      for (let n = 1; n <= 200; n++) await onItem?.(n)
      return 'done'
    },
  })
  const seen: number[] = []
  let isBusy = false
  const result = await control.client().call(
    'count',
    {},
    {
      async onItem(item) {
        expect(isBusy).toBe(false)
        isBusy = true
        await new Promise(resolve => setImmediate(resolve))
        seen.push(item as number)
        isBusy = false
      },
    },
  )
  expect(result).toBe('done')
  expect(seen).toEqual(Array.from({ length: 200 }, (_, n) => n + 1))
})

test('a slow handler of items holds the operation back', async () => {
  let emitted = 0
  await using control = await controlServer({
    async flood(_input, { onItem, signal }) {
      while (!signal?.aborted) {
        await onItem?.('x'.repeat(10_000))
        emitted++
      }
    },
  })
  const cancel = new AbortController()
  const client = control.client()
  const call = client.call('flood', {}, { signal: cancel.signal, onItem: () => new Promise(() => {}) })
  const ended = expect(call).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  const other = control.client()
  let before = -1
  await until(async () => {
    const isSame = emitted > 0 && before === emitted
    before = emitted
    await other.call('nothing', {}).catch(() => {})
    return isSame
  }, 'the flood to stall')
  expect(emitted).toBeLessThan(500)
  cancel.abort()
  await ended
  await expect(client.call('nothing', {})).rejects.toMatchObject({ code: 'TC_ERR_UNKNOWN_OPERATION' })
})

test('a cancelled call ends at once and the daemon is told', async () => {
  let signal: AbortSignal | undefined
  await using control = await controlServer({
    hang: (_input, options) => {
      signal = options.signal
      return new Promise(() => {})
    },
  })
  const cancel = new AbortController()
  const call = control.client().call('hang', {}, { signal: cancel.signal })
  const ended = expect(call).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  await until(() => signal, 'the call')
  cancel.abort()
  await ended
  await until(() => signal?.aborted, 'the abort')
})

test('a call whose signal has aborted is not sent', async () => {
  let calls = 0
  await using control = await controlServer({ count: () => ++calls })
  const client = control.client()
  await expect(client.call('count', {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'TC_ERR_CANCELLED',
  })
  expect(await client.call('count', {})).toBe(1)
})

test('errors arrive as they were thrown, with the surface and request id that were sent', async () => {
  await using control = await controlServer({
    fail() {
      throw new TeleclaudeError('TC_ERR_CWD', 'no such folder', { plugin: 'terminal', retryable: true })
    },
    caller: (_input, _options, caller) => [caller.surface, caller.requestId],
  })
  const client = control.client()
  await expect(client.call('fail', {})).rejects.toMatchObject({
    code: 'TC_ERR_CWD',
    message: 'no such folder',
    plugin: 'terminal',
    retryable: true,
  })
  expect(await client.call('caller', {}, { requestId: 'r1' })).toEqual(['test', 'r1'])
})

test('an operation is not asked for items that nobody takes', async () => {
  await using control = await controlServer({ items: (_input, { onItem }) => onItem !== undefined })
  const client = control.client()
  expect(await client.call('items', {})).toBe(false)
  expect(await client.call('items', {}, { onItem: () => {} })).toBe(true)
})

test('a handler that throws ends its call with that error and cancels the operation', async () => {
  let signal: AbortSignal | undefined
  await using control = await controlServer({
    async one(_input, options) {
      signal = options.signal
      await options.onItem?.(1)
      return new Promise(() => {})
    },
  })
  const client = control.client()
  const failure = new Error('not this one')
  const onItem = () => {
    throw failure
  }
  await expect(client.call('one', {}, { onItem })).rejects.toBe(failure)
  await until(() => signal?.aborted, 'the abort')
})

test('without a daemon the error says how to start one, and calls work once there is one', async () => {
  await using control = await controlServer({ echo: input => input })
  const client = control.client()
  expect(await client.call('echo', { a: 1 })).toEqual({ a: 1 })
  await control.server.close()
  await expect(client.call('echo', {})).rejects.toMatchObject({
    code: 'TC_ERR_NOT_RUNNING',
    retryable: true,
    message: expect.stringContaining('teleclaude start'),
  })
  const again = await control.start()
  expect(await client.call('echo', { a: 2 })).toEqual({ a: 2 })
  await client.close()
  await again.close()
})

test('a socket left behind by a killed daemon is no daemon, and is replaced by the next one', async () => {
  await using control = await controlServer({ echo: input => input })
  await control.server.close()
  const child = spawn(process.execPath, [`${import.meta.dirname}/stale-child.mjs`, control.socketPath])
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const client = control.client()
  await expect(client.call('echo', {})).rejects.toMatchObject({ code: 'TC_ERR_NOT_RUNNING', retryable: true })
  const again = await control.start()
  expect(await client.call('echo', { a: 1 })).toEqual({ a: 1 })
  await client.close()
  await again.close()
})

test('a call that runs when the daemon dies fails, and is not retryable: nobody knows what it did', async () => {
  await using control = await controlServer({})
  await control.server.close()
  const child = spawn(process.execPath, [`${import.meta.dirname}/stale-child.mjs`, control.socketPath])
  await once(child.stdout, 'data')
  const call = control.client().call('echo', {})
  const failed = expect(call).rejects.toMatchObject({ code: 'TC_ERR_NOT_RUNNING', retryable: false })
  await new Promise(resolve => setImmediate(resolve))
  child.kill('SIGKILL')
  await failed
})

test('something else than a daemon on the socket is named as such', async () => {
  await using control = await controlServer({})
  await control.server.close()
  const other = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await new Promise<void>(resolve => other.listen(control.socketPath, resolve))
  await expect(control.client().call('echo', {})).rejects.toMatchObject({ code: 'TC_ERR_PROTOCOL' })
  other.close()
})

test('an idle client does not keep its process alive', async () => {
  await using control = await controlServer({ echo: input => input })
  const source = `
    import { createDaemonClient } from '${import.meta.dirname}/../../../core/control/client.ts'
    import { systemClock } from '${import.meta.dirname}/../../../core/clock.ts'
    const client = createDaemonClient({ socketPath: '${control.socketPath}', surface: 'test', clock: systemClock })
    process.stdout.write(JSON.stringify(await client.call('echo', { a: 1 })))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source])
  const [[code], [output]] = await Promise.all([once(child, 'exit'), once(child.stdout, 'data')])
  expect([code, String(output)]).toEqual([0, '{"a":1}'])
})

test('a closed client says so', async () => {
  const client = createDaemonClient({ socketPath: '/nowhere', surface: 'test', clock: systemClock })
  await client.close()
  await expect(client.call('echo', {})).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
})
