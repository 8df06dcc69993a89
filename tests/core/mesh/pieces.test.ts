import { expect, test } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import { until } from '../../support/until.ts'
import { bodyOf, PIECE } from './request-mesh.ts'
import { recorder, remember, statesIn, twoComputers } from './serving-computers.ts'

test('of a piece nothing is written down, and it is done again when it comes again', async () => {
  const { calls, serve } = recorder()
  const { mesh, macbook, workstation } = twoComputers(serve)
  const body = { ...bodyOf(PIECE), boot: workstation.boot }
  const sealed = macbook.seal('workstation', { id: 'piece', body })
  for (let time = 0; time < 3; time++) mesh.carrier.post('workstation', sealed)
  await until(() => workstation.served.counts().repeated === 2)
  expect(calls).toHaveLength(1)
  calls[0]?.end('done')
  await until(() => macbook.outgoing.counts().late === 1)
  mesh.carrier.post('workstation', sealed)
  await until(() => calls.length === 2)
  calls[1]?.end('done')
  await until(() => macbook.outgoing.counts().late === 2)
  expect(statesIn(workstation)).toEqual([])
  expect(workstation.served.counts()).toMatchObject({ running: 0, served: 2 })
})

test('a piece is done for a computer of which no more requests can be remembered', async () => {
  const { workstation, ask, restart } = twoComputers(async () => 'done')
  remember(workstation, 50_000, 'macbook')
  restart(async () => 'done')
  expect(await ask(PIECE)).toBe('done')
  await expect(ask()).rejects.toMatchObject({ code: 'TC_ERR_BUSY' })
})

test('a piece that a crash has cut is done by the next daemon when it is sent again', async () => {
  const { calls, serve } = recorder()
  const { mesh, ask, restart } = twoComputers(serve)
  const answer = ask(PIECE)
  await until(() => calls.length === 1)
  restart(async () => 'from the next one')
  await mesh.clock.advance(5000)
  expect(await answer).toBe('from the next one')
})

test('a piece that fails is told of', async () => {
  const { ask } = twoComputers(async () => {
    throw new TeleclaudeError('TC_ERR_PORT', 'no')
  })
  await expect(ask(PIECE)).rejects.toMatchObject({ code: 'TC_ERR_PORT' })
})

test('no more pieces of a computer run at once than requests', async () => {
  const { calls, serve } = recorder()
  const { mesh, macbook, workstation } = twoComputers(serve)
  const body = { ...bodyOf(PIECE), boot: workstation.boot }
  const post = (n: number) =>
    mesh.carrier.post('workstation', macbook.seal('workstation', { id: `piece-${n}`, body }))
  for (let n = 0; n < 1000; n++) post(n)
  await until(() => calls.length === 1000)
  post(1000)
  await until(() => macbook.outgoing.counts().late === 1)
  expect(calls).toHaveLength(1000)
})
