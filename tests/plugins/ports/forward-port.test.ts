import { expect, onTestFinished, test } from 'vitest'
import type { OperationCall } from '../../../core/index.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { type ForwardNews, forwardPort } from '../../../plugins/ports/near/forward-port.ts'
import { until } from '../../support/until.ts'

test('a computer that does not answer keeps nobody from listening for long, and is asked no more', async () => {
  const clock = new FakeClock()
  const caller = new AbortController()
  const news: ForwardNews[] = []
  const asked: (AbortSignal | undefined)[] = []
  const call = {
    clock,
    signal: caller.signal,
    emit: async (one: ForwardNews) => void news.push(one),
    invoke: (_name: string, _input: unknown, options?: { signal?: AbortSignal }) => {
      asked.push(options?.signal)
      return new Promise(() => {})
    },
  }
  const forwarding = { computer: 'workstation', port: 3000, localPort: 0 }
  // The rest of a call is not looked at.
  const ended = forwardPort(forwarding, call as unknown as OperationCall<ForwardNews>)
  onTestFinished(() => caller.abort())
  await clock.advance(4999)
  expect(news).toEqual([])
  await clock.advance(1)
  await until(() => news.length === 2, 'the port')
  expect(news[0]).toMatchObject({ message: expect.stringMatching(/'workstation' has not answered.*waits/) })
  expect(news[1]?.type).toBe('listening')
  expect(asked.map(signal => signal?.aborted)).toEqual([true])
  expect(clock.timers).toBe(0)
  caller.abort()
  await ended
})
