import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { bodyOf, createRequestMesh } from '../../core/mesh/request-mesh.ts'
import { bytesOf, connectTransport, range } from '../../plugins/redis/connected-transport.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { until } from '../../support/until.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis[Symbol.asyncDispose]())
afterEach(() => redis.cli('FLUSHALL'))

const MAILBOX = 'teleclaude:messages:workstation'

/** A computer that asks over a real Redis, and one that was killed after it had read its mailbox. */
async function asker() {
  const mesh = createRequestMesh()
  const connect = (computer: string) => connectTransport(redis, { computer, options: { mailboxLength: 100 } })
  const [here, there] = [await connect('macbook'), await connect('workstation')]
  const macbook = mesh.add('macbook', { transport: here.transport })
  const file = join(tempDir(), 'teleclaude.db')
  const start = () => {
    const workstation = mesh.add('workstation', {
      transport: there.transport,
      serve: async () => 'done',
      file,
    })
    workstation.receive()
    return workstation
  }
  const send = (text: string) => here.transport.send('workstation', bytesOf(text))
  const options = { requestId: 'req', idempotent: false }
  const workstation = start()
  macbook.receive()
  expect(await macbook.outgoing.request('workstation', bodyOf(), options)).toBe('done')
  workstation.kill()
  const asked = macbook.outgoing.request('workstation', bodyOf(), options)
  asked.catch(() => undefined)
  // When Redis has this, it has that too, and so it is known here.
  await send('behind it')
  return {
    ...{ mesh, asked, start },
    flood: () => Promise.all(range(1, 500).map(number => send(`${number}`))),
  }
}

test('who asks a computer that hangs is told that its mailbox overflowed and dropped the request unread', async () => {
  const { mesh, asked, flood } = await asker()
  await flood()
  await mesh.clock.advance(60_000)
  await expect(asked).rejects.toMatchObject({ code: 'TC_ERR_TIMEOUT', retryable: false })
  await expect(asked).rejects.toThrow(
    /'workstation' did not answer session\.start.*dropped from its mailbox before it was read: the mailbox overflowed.*may have been done/,
  )
})

test('so it is when the mailbox was trimmed by hand', async () => {
  const { mesh, asked } = await asker()
  await redis.cli('XTRIM', MAILBOX, 'MAXLEN', '0')
  await mesh.clock.advance(60_000)
  await expect(asked).rejects.toThrow(/dropped from its mailbox.*somebody trimmed/)
})

test('who asks a computer that hangs is told nothing of that while the request waits in the mailbox', async () => {
  const { mesh, asked } = await asker()
  await mesh.clock.advance(60_000)
  await expect(asked).rejects.toMatchObject({ code: 'TC_ERR_TIMEOUT' })
  await expect(asked).rejects.not.toThrow('dropped')
})

test('a request that was dropped unread is done all the same when the computer reads on within its time', async () => {
  const { mesh, asked, flood, start } = await asker()
  await flood()
  const workstation = start()
  await until(() => workstation.intake.counts().lost === 1, 'what was lost')
  await mesh.clock.advance(5000)
  expect(await asked).toBe('done')
})
