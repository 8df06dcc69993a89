import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { bodyOf, IDEMPOTENT, type RequestComputer } from './request-mesh.ts'
import { MIB, recorder, remember, statesIn, twoComputers } from './serving-computers.ts'

test('ids are remembered until no clock within the bound takes them for valid, then forgotten', async () => {
  const { mesh, macbook, workstation, ask } = twoComputers(async () => 'done')
  const sealed = macbook.seal('workstation', { id: 'once' })
  mesh.carrier.post('workstation', sealed)
  await until(() => workstation.served.counts().served === 1)
  await mesh.clock.advance(60_000 + 2 * 120_000)
  workstation.served.sweep()
  expect(statesIn(workstation)).toHaveLength(1)
  await mesh.clock.advance(1)
  workstation.served.sweep()
  expect(statesIn(workstation)).toEqual([])
  mesh.carrier.post('workstation', sealed)
  await until(() => workstation.intake.counts().expired === 1)
  expect(await ask()).toBe('done')
})

test('very many ids are forgotten some at a time', async () => {
  const { mesh, workstation, restart } = twoComputers(async () => 'done')
  remember(workstation, 5000)
  const again = restart()
  again.served.sweep()
  expect(statesIn(again)).toHaveLength(5000)
  await mesh.clock.advance(300_001)
  again.served.sweep()
  expect(statesIn(again)).toHaveLength(3000)
  await mesh.clock.advance(200)
  expect(statesIn(again)).toHaveLength(0)
})

test('a clock that ran ahead for a while has no id forgotten that is valid again when it is put right', async () => {
  const { calls, serve } = recorder()
  const { mesh, macbook, workstation, restart } = twoComputers(serve)
  const sealed = macbook.seal('workstation', { id: 'once' })
  await workstation.intake.take({ position: '1', bytes: sealed })
  calls[0]?.end('done')
  await mesh.clock.advance(1000)
  const aheadFor = ({ served }: RequestComputer) => {
    mesh.clock.setBack(-600_000)
    served.sweep()
    mesh.clock.setBack(600_000)
  }
  aheadFor(workstation)
  await workstation.intake.take({ position: '2', bytes: sealed })
  const again = restart()
  aheadFor(again)
  await again.intake.take({ position: '3', bytes: sealed })
  expect(calls).toHaveLength(1)
  expect(again.served.counts()).toMatchObject({ served: 0, repeated: 1 })
})

test('an id is not forgotten while its request runs, nor one of a new request for the age of a forgotten one', async () => {
  const { calls, serve } = recorder()
  const { mesh, macbook, workstation } = twoComputers(serve)
  const take = () => workstation.intake.take({ position: '1', bytes: macbook.seal('workstation', {}) })
  await take()
  await mesh.clock.advance(400_000)
  workstation.served.sweep()
  expect(statesIn(workstation)).toEqual(['running'])
  calls[0]?.end('done')
  await mesh.clock.advance(1000)
  workstation.served.sweep()
  expect(statesIn(workstation)).toEqual([])
  await take()
  calls[1]?.end('done')
  await mesh.clock.advance(1000)
  mesh.clock.setBack(-600_000)
  workstation.served.sweep()
  expect(statesIn(workstation)).toEqual(['sent'])
})

test('what one computer floods this one with does not keep the requests of others from being done', async () => {
  const { calls, serve } = recorder()
  const { mesh, macbook, workstation, restart } = twoComputers(serve)
  const laptop = mesh.add('laptop')
  remember(workstation, 49_999)
  const again = restart()
  const take = (bytes: Uint8Array) => again.intake.take({ position: '1', bytes })
  const newest = macbook.seal('workstation', {})
  await take(newest)
  await take(macbook.seal('workstation', {}))
  expect(calls).toHaveLength(1)
  await take(newest)
  expect(again.served.counts()).toMatchObject({ served: 1, repeated: 1 })
  await take(laptop.seal('workstation', {}))
  expect(calls).toHaveLength(2)

  await mesh.clock.advance(300_001)
  again.served.sweep()
  await take(macbook.seal('workstation', {}))
  expect(calls).toHaveLength(3)
})

test('a bounded amount of answers is kept', async () => {
  const { mesh, macbook, workstation } = twoComputers(async () => 'x'.repeat(60_000))
  const kept = () =>
    workstation.store.db
      .prepare('SELECT sum(octet_length(answer)) FROM mesh_requests')
      .pluck()
      .get() as number
  for (let count = 0; count < 400; count++) {
    await workstation.intake.take({ position: `${count}`, bytes: macbook.seal('workstation', {}) })
    await Promise.resolve()
  }
  await until(() => statesIn(workstation).every(state => state !== 'running'))
  expect(statesIn(workstation)).toHaveLength(400)
  expect(kept()).toBeLessThanOrEqual(16 * MIB)
  expect(kept()).toBeGreaterThan(8 * MIB)
  mesh.carrier.empty()
})

test('a computer that has lost its database does nothing again that it may have done', async () => {
  const { mesh, macbook, ask, workstation } = twoComputers(async () => 'done')
  macbook.receive()
  const { boot, body } = { boot: workstation.boot, body: bodyOf() }
  const old = macbook.seal('workstation', { body: { ...body, boot } })
  await workstation.intake.take({ position: '1', bytes: old })
  workstation.kill()
  const { calls, serve } = recorder()
  const anew = mesh.add('workstation', { serve })
  anew.receive()
  mesh.carrier.post('workstation', old)
  await until(() => statesIn(anew).length === 1)
  expect(calls).toHaveLength(0)
  const answer = ask()
  await until(() => calls.length === 1)
  calls[0]?.end('of the new one')
  expect(await answer).toBe('of the new one')

  // Once nothing can be valid any more that it may have done, nobody need know of its new run.
  await mesh.clock.advance(300_000)
  await anew.intake.take({ position: '9', bytes: macbook.seal('workstation', { body: { ...body, boot } }) })
  expect(calls).toHaveLength(2)
})

test('an idempotent request to a daemon of which another one is known is asked again, of the one that is there', async () => {
  const { mesh, macbook, ask, workstation } = twoComputers(async () => 'of the old one')
  workstation.kill()
  const before = macbook.known.get('workstation')
  const anew = mesh.add('workstation', { serve: async () => 'of the new one' })
  const now = macbook.known.get('workstation')
  if (!before || !now) throw new Error('they know each other')
  macbook.known.set('workstation', before)
  // As when it has just been looked who is there.
  macbook.onLook = maxAgeMs => maxAgeMs === 0 && macbook.known.set('workstation', now)
  anew.receive()
  expect(await ask(IDEMPOTENT)).toBe('of the new one')
})

test('a computer that was only restarted does what it was asked when its run before was known', async () => {
  const { calls, serve } = recorder()
  const { macbook, workstation, restart } = twoComputers(serve)
  const { boot } = workstation
  const again = restart()
  const late = macbook.seal('workstation', { body: { ...bodyOf(), boot } })
  await again.intake.take({ position: '9', bytes: late })
  expect(calls).toHaveLength(1)
})
