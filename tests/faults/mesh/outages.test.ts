import { expect, test } from 'vitest'
import { TestMesh } from '../../support/mesh.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'
import { NumberedLines } from './numbered-lines.ts'
import { cpuShareOf, expectLocalWork, expectRefusal, hasProblem, isWell } from './other-work.ts'

const mesh = TestMesh.forFile(['macbook', 'workstation'])
const macbook = () => mesh().daemon('macbook')
const workstation = () => mesh().daemon('workstation')
const remote = { computer: 'workstation' }

test('Redis is killed and comes back empty, several times: every line arrives once, in order', async () => {
  const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
  for (let time = 0; time < 3; time++) {
    await mesh().redis.stop()
    await lines.print(300)
    await mesh().redis.restart({ empty: true })
    await lines.flow()
  }
  await lines.complete()
})

test('without Redis, new calls fail with the reason, waits and local sessions go on', async () => {
  const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
  await mesh().redis.stop()
  await hasProblem(macbook(), /is not running there: start it/)
  await hasProblem(workstation(), /is not running there: start it/)
  await expectRefusal(macbook(), { ...remote, session_id: lines.id }, /is not running there: start it/)
  await expectLocalWork(macbook(), workstation())
  await mesh().redis.restart({ empty: true })
  await isWell(macbook())
  expect((await macbook().send(await macbook().session(remote), 'echo again')).output).toBe('again\n')
  await lines.complete()
})

test('silence while Redis is away completes no send: what is printed meanwhile is in its result', async () => {
  const script = 'read first; read second; echo late; cat'
  const session_id = await macbook().session({ ...remote, command: ['sh', '-c', script] })
  let isSettled = false
  const sent = macbook().call('session.send', { session_id, message: 'first', quiet_ms: 2000 })
  const settled = () => {
    isSettled = true
  }
  sent.then(settled, settled)
  await until(async () => (await workstation().read(session_id)).output.includes('first'), 'the line there')
  await mesh().redis.stop()
  const local = await macbook().session({ command: ['cat'] })
  // Ends by a silence that is longer.
  await macbook().call('session.send', { session_id: local, message: 'here', quiet_ms: 3000 })
  expect(isSettled).toBe(false)
  await workstation().input(session_id, 'second')
  await mesh().redis.restart({ empty: true })
  expect(await sent).toMatchObject({
    output: expect.stringContaining('late'),
    complete: true,
    completed_by: 'quiet',
  })
})

test('Redis stands still, shorter and longer than it may not answer', async () => {
  const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
  await mesh().redis.pause()
  await lines.print(300)
  mesh().redis.resume()
  await lines.flow()
  await mesh().redis.pause()
  await hasProblem(macbook(), /does not answer/)
  await hasProblem(workstation(), /does not answer/)
  await expectRefusal(macbook(), { ...remote, session_id: lines.id }, /does not answer/)
  await expectLocalWork(macbook(), workstation())
  mesh().redis.resume()
  await lines.flow()
  await isWell(macbook())
  expect((await macbook().send(await macbook().session(remote), 'echo again')).output).toBe('again\n')
  await lines.complete()
})

test('an outage costs next to nothing', async () => {
  await using quiet = await TestMesh.start([], { redis: { tcp: 'plain' } })
  await using proxy = await startTcpProxy({ to: quiet.redis.port })
  const url = `redis://127.0.0.1:${proxy.port}`
  const origin = await quiet.join('macbook', { url })
  await quiet.join('workstation', { url })
  await quiet.acquainted()
  const session_id = await origin.session(remote)
  const wait = origin.send(session_id, 'sleep 1000')
  wait.catch(() => {}) // it ends with the daemon
  await until(async () => (await origin.get(session_id)).state === 'busy', 'a running wait')
  await quiet.redis.stop()
  const daemons = [origin, quiet.daemon('workstation')]
  for (const daemon of daemons) await hasProblem(daemon, /./)
  const before = proxy.accepted
  const attempts = async () => {
    await until(() => proxy.accepted >= before + 20, 'ten attempts of each to connect')
  }
  const shares = await Promise.all(daemons.map(daemon => cpuShareOf(daemon, attempts)))
  for (const share of shares) expect(share).toBeLessThan(0.3)
})
