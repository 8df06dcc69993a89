import { expect, test } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import { until } from '../../support/until.ts'
import { bodyOf, IDEMPOTENT, ONCE } from './request-mesh.ts'
import { recorder, statesIn, twoComputers } from './serving-computers.ts'

test('a request is done there, under the id of its caller, and its result comes back', async () => {
  const { macbook, workstation, mesh } = twoComputers(async (from, id, body) => ({ from, id, body }))
  const body = bodyOf(ONCE, { title: 'build' })
  const options = { requestId: 'req-1', idempotent: false }
  const boot = workstation.boot
  const result = await macbook.outgoing.request('workstation', body, options)
  expect(result).toEqual({ from: 'macbook', id: 'req-1', body: { ...body, boot } })
  await mesh.clock.advance(1000)
  expect(statesIn(workstation)).toEqual(['sent'])
  expect(workstation.served.counts()).toEqual({ running: 0, served: 1, repeated: 0 })
  expect(macbook.outgoing.counts()).toEqual({ waiting: 0, late: 0, resent: 0 })
})

test('an error there is the same error here', async () => {
  const { ask } = twoComputers(async () => {
    throw new TeleclaudeError('TC_ERR_INPUT_REJECTED', 'no', {
      plugin: 'p',
      hook: 'onInbound',
      retryable: true,
    })
  })
  await expect(ask()).rejects.toMatchObject({
    name: 'TeleclaudeError',
    code: 'TC_ERR_INPUT_REJECTED',
    message: 'no',
    retryable: true,
    plugin: 'p',
    hook: 'onInbound',
  })
})

test('a result that is no JSON, and an error that is longer than the protocol allows, are answered too', async () => {
  const { ask } = twoComputers(async (_from, id) => {
    if (id === 'long') throw new TeleclaudeError('TC_ERR_CWD', 'x'.repeat(20_000))
    return 1n
  })
  await expect(ask()).rejects.toMatchObject({ code: 'TC_ERR_INTERNAL' })
  await expect(ask(ONCE, 'long')).rejects.toMatchObject({ code: 'TC_ERR_CWD', message: 'x'.repeat(10_000) })
})

test('a request that comes again, also after a restart, is done once', async () => {
  const { calls, serve } = recorder()
  const { mesh, macbook, workstation, restart } = twoComputers(serve)
  const sealed = macbook.seal('workstation', { id: 'once' })
  for (let time = 0; time < 3; time++) mesh.carrier.post('workstation', sealed)
  await until(() => workstation.served.counts().repeated === 2)
  calls[0]?.end('done')
  await until(() => macbook.outgoing.counts().late === 1)
  mesh.carrier.post('workstation', sealed)
  await until(() => macbook.outgoing.counts().late === 2)
  await mesh.clock.advance(1000)
  const again = restart()
  mesh.carrier.post('workstation', sealed)
  await until(() => macbook.outgoing.counts().late === 3)
  expect(again.served.counts()).toMatchObject({ served: 0, repeated: 1 })
  expect(calls).toHaveLength(1)
})

test('a request that runs for long is sent again and again, and done once', async () => {
  const { calls, serve } = recorder()
  const { mesh, macbook, workstation, ask } = twoComputers(serve)
  const answer = ask()
  await mesh.clock.advance(26_000)
  expect(macbook.outgoing.counts().resent).toBe(5)
  expect(workstation.served.counts()).toEqual({ running: 1, served: 1, repeated: 5 })
  calls[0]?.end('at last')
  expect(await answer).toBe('at last')
})

test('after a crash a request is not done again, its caller is told, and what is behind it is done', async () => {
  const { calls, serve } = recorder()
  const { mesh, workstation, ask, restart } = twoComputers(serve)
  const crashed = ask(ONCE, 'first')
  await until(() => calls.length === 1)
  workstation.kill()
  const behind = ask(ONCE, 'second')
  const again = restart(async (_from, id) => `did ${id}`)
  await expect(crashed).rejects.toMatchObject({ code: 'TC_ERR_OUTCOME_UNKNOWN', retryable: false })
  await expect(crashed).rejects.toThrow(/workstation.*session\.start.*may have been done/)
  expect(await behind).toBe('did second')
  expect(again.served.counts().served).toBe(1)
  await mesh.clock.advance(1000)
  expect(statesIn(again)).toEqual(['sent', 'sent'])
  // What came of it is known to the one who was killed only.
  calls[0]?.end('too late')
  await mesh.clock.advance(1000)
  expect(statesIn(again)).toEqual(['sent', 'sent'])
})

test('an idempotent request that a crash has cut is asked again, once, under another id', async () => {
  const { calls, serve } = recorder()
  const { ask, restart, macbook } = twoComputers(serve)
  const answer = ask(IDEMPOTENT)
  await until(() => calls.length === 1)
  restart(async () => 'from the next one')
  expect(await answer).toBe('from the next one')

  const twice = ask(IDEMPOTENT)
  restart()
  await until(() => calls.length === 2)
  restart()
  await until(() => calls.length === 3)
  restart()
  await expect(twice).rejects.toMatchObject({ code: 'TC_ERR_OUTCOME_UNKNOWN', retryable: true })
  expect(macbook.outgoing.counts().waiting).toBe(0)
})

test('a request that comes again after a crash is told the same, before anything else was answered', async () => {
  const { calls, serve } = recorder()
  const { mesh, workstation, ask, macbook } = twoComputers(serve)
  const answer = ask()
  await until(() => calls.length === 1)
  const { store } = workstation
  const file = store.db.name
  workstation.kill()
  const again = mesh.add('workstation', { serve, file })
  again.receive()
  macbook.outgoing.resend()
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_OUTCOME_UNKNOWN' })
  expect(calls).toHaveLength(1)
})

test('a recorded result that the carrier does not have is sent by the next daemon', async () => {
  const { calls, serve } = recorder()
  const { mesh, workstation, ask, restart } = twoComputers(serve)
  const answer = ask()
  await until(() => calls.length === 1)
  workstation.link.down()
  calls[0]?.end('recorded')
  await until(() => statesIn(workstation)[0] === 'done')
  const again = restart()
  expect(await answer).toBe('recorded')
  await mesh.clock.advance(1000)
  expect(statesIn(again)).toEqual(['sent'])
  expect(calls).toHaveLength(1)
})

test('a result that is too large to be recorded is lost with the daemon, and the caller is told', async () => {
  const { calls, serve } = recorder()
  const { workstation, ask, restart } = twoComputers(serve)
  const answer = ask()
  await until(() => calls.length === 1)
  workstation.link.down()
  calls[0]?.end('x'.repeat(70_000))
  await until(() => statesIn(workstation)[0] === 'done')
  restart()
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_OUTCOME_UNKNOWN' })
})

test('an answer that the carrier has lost is sent again when the request comes again', async () => {
  const { calls, serve } = recorder()
  const { mesh, macbook, workstation, ask } = twoComputers(serve)
  macbook.link.loseNextReply()
  const answer = ask()
  await until(() => calls.length === 1)
  calls[0]?.end('kept')
  await until(() => mesh.carrier.letters('macbook').length === 1)
  mesh.carrier.empty()
  macbook.link.up()
  expect(await answer).toBe('kept')
  expect(calls).toHaveLength(1)
  expect(workstation.served.counts().repeated).toBe(1)
})

test('bytes of an answer come in base64 where only the record of it is left', async () => {
  const { calls, serve } = recorder()
  const { mesh, macbook, ask, restart } = twoComputers(serve)
  macbook.link.loseNextReply()
  const answer = ask()
  await until(() => calls.length === 1)
  calls[0]?.end({ data: Buffer.from([0, 255, 10]) })
  await until(() => mesh.carrier.letters('macbook').length === 1)
  mesh.carrier.empty()
  restart()
  macbook.link.up()
  expect(await answer).toEqual({ data: 'AP8K' })
})

test('who cancels has the operation there aborted, and nobody else can', async () => {
  const { calls, serve } = recorder()
  const { mesh, macbook, workstation } = twoComputers(serve)
  const laptop = mesh.add('laptop')
  const controller = new AbortController()
  const answer = macbook.outgoing.request('workstation', bodyOf(), {
    requestId: 'req',
    idempotent: false,
    signal: controller.signal,
  })
  await until(() => calls.length === 1)
  const id = workstation.store.db.prepare('SELECT id FROM mesh_requests').pluck().get() as string
  mesh.carrier.post('workstation', laptop.seal('workstation', { kind: 'cancel', id, body: {} }))
  await mesh.clock.advance(100)
  expect(calls[0]?.signal.aborted).toBe(false)
  controller.abort()
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  await until(() => calls[0]?.signal.aborted)
})

test('an operation whose end cannot be recorded is answered all the same', async () => {
  const { calls, serve } = recorder()
  const { workstation, ask } = twoComputers(serve)
  const answer = ask()
  await until(() => calls.length === 1)
  workstation.store.db.pragma('query_only = ON')
  calls[0]?.end('done')
  expect(await answer).toBe('done')
  workstation.store.db.pragma('query_only = OFF')
})

test('a computer with too much running at once is told to wait', async () => {
  const { calls, serve } = recorder()
  const { mesh, macbook, workstation, ask } = twoComputers(serve)
  for (let count = 0; count < 1000; count++) {
    await workstation.intake.take({ position: `${count}`, bytes: macbook.seal('workstation', {}) })
  }
  const laptop = mesh.add('laptop')
  await expect(ask()).rejects.toMatchObject({ code: 'TC_ERR_BUSY' })
  await workstation.intake.take({ position: 'x', bytes: laptop.seal('workstation', {}) })
  expect(calls).toHaveLength(1001)
})

test('a daemon that closes aborts what runs, and the next one tells that its outcome is unknown', async () => {
  const { calls, serve } = recorder()
  const { workstation, ask, restart, mesh } = twoComputers(serve)
  const answer = ask()
  await until(() => calls.length === 1)
  workstation.served.close()
  expect(calls[0]?.signal.aborted).toBe(true)
  calls[0]?.end('aborted')
  await mesh.clock.advance(100)
  expect(statesIn(workstation)).toEqual(['running'])
  restart()
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_OUTCOME_UNKNOWN' })
})
