import { expect, test } from 'vitest'
import type { ResponseBody } from '../../../core/mesh/messages.ts'
import { until } from '../../support/until.ts'
import { bodyOf, createRequestMesh, IDEMPOTENT, type RequestComputer } from './request-mesh.ts'

const MIB = 2 ** 20

function box(serve = async (): Promise<unknown> => 'done') {
  const mesh = createRequestMesh()
  const macbook = mesh.add('macbook')
  const workstation = mesh.add('workstation', { serve })
  const { answers } = workstation
  const asked = (id: string) => {
    const secret = macbook.known.get('workstation')?.secret.id ?? ''
    return { from: 'macbook', id, v: 1, secret, notAfter: mesh.clock.now() + 60_000 }
  }
  const post = (id: string, result: unknown = 1) => {
    const body: ResponseBody = { status: 'success', result }
    return answers.post(asked(id), body)
  }
  return { mesh, macbook, workstation, answers, post, letters: () => mesh.carrier.letters('macbook') }
}

test('an answer is sent at once, and settles when the carrier has it', async () => {
  const { answers, post, letters } = box()
  const posted = post('one')
  expect(answers.has('macbook', 'one')).toBe(true)
  expect(await posted).toBe(true)
  expect(answers.has('macbook', 'one')).toBe(false)
  expect(letters()).toHaveLength(1)
})

test('while the carrier is down answers wait, and are sent when it is back', async () => {
  const { workstation, answers, post, letters } = box()
  workstation.link.down()
  const posted = [post('one'), post('two')]
  expect(answers.counts()).toEqual({ on_the_way: 2, given_up: 0 })
  workstation.link.up()
  expect(await Promise.all(posted)).toEqual([true, true])
  expect(letters()).toHaveLength(2)
})

test('an answer of which nobody knows whether it arrived is sent again', async () => {
  const { mesh, workstation, post, letters } = box()
  workstation.link.loseNextReply()
  const posted = post('one')
  await until(() => letters().length === 1)
  await mesh.clock.advance(3000)
  expect(letters()).toHaveLength(1)
  workstation.link.up()
  expect(await posted).toBe(true)
  expect(letters()).toHaveLength(2)
})

test('an answer for which nobody can wait any more is given up', async () => {
  const { mesh, workstation, answers, post, letters } = box()
  workstation.link.down()
  const posted = post('one')
  await mesh.clock.advance(180_000)
  expect(answers.has('macbook', 'one')).toBe(true)
  await mesh.clock.advance(1001)
  expect(await posted).toBe(false)
  expect(answers.counts()).toEqual({ on_the_way: 0, given_up: 1 })
  workstation.link.up()
  await mesh.clock.advance(2000)
  expect(letters()).toEqual([])
  expect(mesh.clock.timers).toBeLessThanOrEqual(2)
})

test('an answer to one whose secret or key is not known any more is given up', async () => {
  const { workstation, answers, post } = box()
  workstation.known.clear()
  expect(await post('one')).toBe(false)
  expect(answers.counts()).toEqual({ on_the_way: 0, given_up: 1 })
})

test('a bounded number of bytes waits; the oldest go first', async () => {
  const { workstation, answers, post } = box()
  workstation.link.down()
  const posted = Array.from({ length: 40 }, (_, index) => post(`${index}`, 'x'.repeat(MIB - 1000)))
  expect(answers.counts()).toEqual({ on_the_way: 32, given_up: 8 })
  expect(answers.has('macbook', '7')).toBe(false)
  expect(answers.has('macbook', '8')).toBe(true)
  answers.close()
  expect(await Promise.all(posted)).toEqual(posted.map(() => false))
})

test('a bounded number of answers waits, and none is dropped that is moving', async () => {
  const { mesh, workstation, answers, post, letters } = box()
  mesh.carrier.freeze()
  const moving = Array.from({ length: 10_000 }, (_, index) => post(`${index}`))
  expect(await post('one too many')).toBe(false)
  expect(answers.counts()).toEqual({ on_the_way: 10_000, given_up: 1 })
  mesh.carrier.thaw()
  expect((await Promise.all(moving)).every(Boolean)).toBe(true)
  expect(letters()).toHaveLength(1000)
  expect(workstation.answers.counts().on_the_way).toBe(0)
})

test('an answer that is too large to be carried becomes an error that says so', async () => {
  const { macbook, workstation } = box(async () => 'x'.repeat(MIB))
  macbook.receive()
  workstation.receive()
  const options = { requestId: 'r', idempotent: true }
  const answer = macbook.outgoing.request('workstation', bodyOf(IDEMPOTENT), options)
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_MESSAGE_TOO_LARGE' })
  await expect(answer).rejects.toThrow(/'workstation' has done .* only 1048576 can be carried/)
})

test('one who is revoked or offline meanwhile is answered all the same', async () => {
  const { workstation, post, letters } = box()
  const statusOf = ({ known }: RequestComputer, status: string) =>
    Object.assign(known.get('macbook') ?? {}, { status })
  statusOf(workstation, 'revoked')
  expect(await post('one')).toBe(true)
  statusOf(workstation, 'offline')
  expect(await post('two')).toBe(true)
  expect(letters()).toHaveLength(2)
})
