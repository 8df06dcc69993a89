import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { readHeader } from '../../../core/mesh/envelope.ts'
import { createMeshIdentity } from '../../../core/mesh/identity.ts'
import { meshSecret } from '../../../core/mesh/mesh-secret.ts'
import type { OutgoingOptions } from '../../../core/mesh/outgoing-requests.ts'
import { until } from '../../support/until.ts'
import type { ComputerOptions } from './request-mesh.ts'
import { bodyOf, createRequestMesh, IDEMPOTENT, ONCE } from './request-mesh.ts'

/** A computer that asks, and one that reads its mailbox when it is told to. */
function asker(options: ComputerOptions = {}) {
  const mesh = createRequestMesh()
  const macbook = mesh.add('macbook', options)
  const workstation = mesh.add('workstation', { serve: async () => 'done' })
  macbook.receive()
  const ask = (more: Partial<OutgoingOptions> = {}, operation = more.idempotent ? IDEMPOTENT : ONCE) => {
    const answer = macbook.outgoing.request('workstation', bodyOf(operation), {
      requestId: 'req',
      idempotent: false,
      ...more,
    })
    answer.catch(() => undefined)
    return answer
  }
  /** Answers the newest request of the macbook, as any computer. */
  const answerAs = (computer = workstation, body: unknown = { status: 'success', result: 1 }) => {
    const id = macbook.sentIds.at(-1) ?? ''
    mesh.carrier.post('macbook', computer.seal('macbook', { kind: 'response', id, body }))
  }
  return { mesh, macbook, workstation, ask, answerAs, letters: () => mesh.carrier.letters('workstation') }
}

test('while the carrier is down nothing is sent, and that is said at once', async () => {
  const { macbook, ask, letters } = asker()
  macbook.link.down('redis://… refuses the password')
  await expect(ask()).rejects.toMatchObject({ code: 'TC_ERR_TRANSPORT', retryable: true })
  await expect(ask()).rejects.toThrow('refuses the password')
  expect(macbook.outgoing.counts().waiting).toBe(0)
  expect(macbook.looks).toBe(0)
  macbook.link.up()
  expect(letters()).toEqual([])
})

test('a computer that seems not to be there is looked for, once', async () => {
  const { macbook, workstation, mesh } = asker()
  const options = { requestId: 'req', idempotent: false }
  await expect(macbook.outgoing.request('nobody', bodyOf(), options)).rejects.toMatchObject({
    code: 'TC_ERR_COMPUTER_UNKNOWN',
  })
  expect(macbook.looks).toBe(1)
  workstation.receive()
  const acquaintance = macbook.known.get('workstation')
  macbook.known.clear()
  macbook.onLook = () => acquaintance && macbook.known.set('workstation', acquaintance)
  expect(await macbook.outgoing.request('workstation', bodyOf(), options)).toBe('done')
  expect(macbook.looks).toBe(2)
  expect(mesh.clock.timers).toBeLessThan(10)
})

test.each([
  ['offline', 'TC_ERR_COMPUTER_OFFLINE'],
  ['revoked', 'TC_ERR_PEER_REFUSED'],
] as const)('a computer that is %s is not asked', async (status, code) => {
  const { macbook, ask, letters } = asker()
  Object.assign(macbook.known.get('workstation') ?? {}, { status })
  await expect(ask()).rejects.toMatchObject({ code })
  expect(letters()).toEqual([])
})

test('a request that may have arrived waits for its answer, and is sent again when the carrier is back', async () => {
  const { macbook, workstation, ask } = asker()
  macbook.link.loseNextReply()
  const answer = ask()
  await until(() => !macbook.link.transport.state.up)
  expect(macbook.outgoing.counts()).toMatchObject({ waiting: 1, resent: 0 })
  workstation.receive()
  await until(() => workstation.served.counts().served === 1)
  macbook.link.up()
  expect(await answer).toBe('done')
  expect(macbook.outgoing.counts()).toMatchObject({ waiting: 0, resent: 1 })
})

test('what is not answered is sent again under its id, every 5 s and a bounded number of times', async () => {
  const { mesh, macbook, ask, letters } = asker()
  const answer = ask()
  await mesh.clock.advance(4999)
  expect(letters()).toHaveLength(1)
  await mesh.clock.advance(1)
  expect(letters()).toHaveLength(2)
  for (let count = 0; count < 50; count++) {
    macbook.link.down()
    macbook.link.up()
    await mesh.clock.advance(0)
  }
  await mesh.clock.advance(54_999)
  expect(letters()).toHaveLength(24)
  expect(new Set(macbook.sentIds).size).toBe(1)
  await mesh.clock.advance(1)
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_TIMEOUT' })
  await mesh.clock.advance(60_000)
  expect(letters()).toHaveLength(24)
})

test('who does not answer may know another secret by now: it is looked for before it is asked again', async () => {
  const { mesh, macbook, ask, letters } = asker()
  const answer = ask()
  macbook.onLook = () => {
    Object.assign(macbook.known.get('workstation') ?? {}, { secret: meshSecret('n'.repeat(40)) })
  }
  await mesh.clock.advance(5000)
  await until(() => letters().length === 2)
  const [before, after] = letters().map(letter => letter && readHeader(letter)?.secret)
  expect(after).not.toBe(before)
  macbook.outgoing.close()
  await expect(answer).rejects.toThrow()
})

test('a timeout says whether it is safe to ask again', async () => {
  const { mesh, macbook, ask } = asker()
  const [once, often] = [ask(), ask({ idempotent: true })]
  await mesh.clock.advance(60_000)
  await expect(once).rejects.toMatchObject({ code: 'TC_ERR_TIMEOUT', retryable: false })
  await expect(once).rejects.toThrow(/workstation.*session\.start within 60 s.*may have been done/)
  await expect(often).rejects.toMatchObject({ code: 'TC_ERR_TIMEOUT', retryable: true })
  await expect(often).rejects.toThrow(/session\.get.*nothing is lost by asking again/)
  expect(macbook.outgoing.counts().waiting).toBe(0)
})

test('a timeout says whether the request was dropped from the mailbox unread', async () => {
  const { mesh, ask } = asker()
  const [once, often] = [ask(), ask({ idempotent: true })]
  await mesh.clock.advance(59_000)
  mesh.carrier.trimMailbox('workstation', 5)
  await mesh.clock.advance(1000)
  await expect(once).rejects.toMatchObject({ code: 'TC_ERR_TIMEOUT', retryable: false })
  await expect(once).rejects.toThrow(
    /dropped from its mailbox before it was read: the mailbox was trimmed.*sent again.*may have been done/,
  )
  await expect(often).rejects.toMatchObject({ code: 'TC_ERR_TIMEOUT', retryable: true })
  await expect(often).rejects.toThrow(/dropped from its mailbox.*nothing is lost by asking again/)
})

test('a timeout says nothing of a mailbox from which only others were dropped, or what was read', async () => {
  const { mesh, ask, workstation } = asker()
  mesh.carrier.post('workstation', null)
  const answer = ask()
  await mesh.clock.advance(0)
  const withoutAnswers = workstation.link.transport.receive({
    position: null,
    take: async () => null,
    lost() {},
  })
  await until(() => mesh.carrier.read.get('workstation') === 2)
  withoutAnswers[Symbol.dispose]()
  mesh.carrier.trimMailbox('workstation', 0)
  await mesh.clock.advance(60_000)
  await expect(answer).rejects.toThrow('did not answer')
  await expect(answer).rejects.not.toThrow('dropped')
})

test('a carrier that does not answer puts off a timeout by a second at most', async () => {
  const { mesh, ask } = asker()
  const answer = ask()
  await mesh.clock.advance(59_999)
  mesh.carrier.freeze()
  await mesh.clock.advance(1001)
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_TIMEOUT' })
})

test('an answer that comes when nobody waits any more is counted', async () => {
  const { mesh, macbook, ask, answerAs } = asker()
  const answer = ask()
  await mesh.clock.advance(60_000)
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_TIMEOUT' })
  answerAs()
  await until(() => macbook.outgoing.counts().late === 1)
})

test('only the computer that was asked can answer', async () => {
  const { mesh, macbook, ask, answerAs } = asker()
  const laptop = mesh.add('laptop')
  const answer = ask()
  await until(() => macbook.sentIds.length === 1)
  answerAs(laptop, { status: 'success', result: 'forged' })
  await until(() => macbook.outgoing.counts().late === 1)
  answerAs()
  expect(await answer).toBe(1)
})

test('an answer counts however late it is by the clocks, and tells how far they are apart', async () => {
  const { mesh, macbook, workstation, ask } = asker()
  const answer = ask()
  await mesh.clock.advance(2000)
  const { askedAt, id } = { askedAt: mesh.clock.now() - 2000, id: macbook.sentIds[0] ?? '' }
  const at = askedAt + 1_000_000
  const draft = { kind: 'response', id, body: { status: 'success', result: 1 }, at, notAfter: at } as const
  mesh.carrier.post('macbook', workstation.seal('macbook', draft))
  expect(await answer).toBe(1)
  expect(macbook.skews).toEqual([['workstation', 1_000_000 - 1000, 2000]])
})

test('what another computer says of an error is bounded, and an unknown code is an internal error', async () => {
  const { macbook, ask, answerAs } = asker()
  const answer = ask()
  await until(() => macbook.sentIds.length === 1)
  const error = { code: 'TC_ERR_CWD', message: 'x'.repeat(10_001), retryable: true }
  answerAs(undefined, { status: 'error', error })
  await until(() => macbook.intake.counts().malformed === 1)
  answerAs(undefined, { status: 'error', error: { ...error, code: '__proto__', message: 'm', more: 1 } })
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_INTERNAL', message: '__proto__: m' })
})

test('who gives up is told so at once, and nothing of the request is left', async () => {
  const { mesh, macbook, ask } = asker()
  const controller = new AbortController()
  const [answer, timers] = [ask({ signal: controller.signal }), mesh.clock.timers]
  await until(() => macbook.sentIds.length === 1)
  controller.abort()
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  await expect(ask({ signal: controller.signal })).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  expect(macbook.outgoing.counts().waiting).toBe(0)
  expect(mesh.clock.timers).toBeLessThan(timers + 1)
})

test('a bounded number of requests to one computer waits', async () => {
  const { mesh, macbook, workstation, ask } = asker()
  mesh.add('laptop', { serve: async () => 'of the laptop' }).receive()
  const all = Array.from({ length: 1000 }, () => ask())
  await until(() => macbook.outgoing.counts().waiting === 1000)
  await expect(ask()).rejects.toMatchObject({ code: 'TC_ERR_BUSY' })
  const options = { requestId: 'req', idempotent: false }
  expect(await macbook.outgoing.request('laptop', bodyOf(), options)).toBe('of the laptop')
  workstation.receive()
  expect(await Promise.all(all)).toHaveLength(1000)
  expect(await ask()).toBe('done')
})

test('closing fails everything that waits, and nothing more is asked', async () => {
  const { mesh, macbook, ask } = asker()
  const [once, often] = [ask(), ask({ idempotent: true })]
  await until(() => macbook.sentIds.length === 2)
  macbook.outgoing.close()
  await expect(once).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  await expect(once).rejects.toThrow('may have been done')
  await expect(often).rejects.not.toThrow('may have been done')
  await expect(ask()).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  expect(macbook.outgoing.counts().waiting).toBe(0)
  await mesh.clock.advance(60_000)
})

test('a request to a computer that is revoked meanwhile fails when it would be sent again', async () => {
  const { mesh, macbook, ask } = asker()
  const answer = ask()
  await until(() => macbook.sentIds.length === 1)
  Object.assign(macbook.known.get('workstation') ?? {}, { status: 'revoked' })
  await mesh.clock.advance(5000)
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_PEER_REFUSED', retryable: false })
  await expect(answer).rejects.toThrow(/revoked.*session\.start had been sent: it may have been done/)
})

test('a request is not sent to another machine whose key is pinned in the place of the old one', async () => {
  const { mesh, macbook, ask, letters } = asker()
  const answer = ask()
  await until(() => macbook.sentIds.length === 1)
  const { publicKey } = createMeshIdentity(randomBytes(32))
  Object.assign(macbook.known.get('workstation') ?? {}, { publicKey })
  macbook.outgoing.resend()
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_PEER_REFUSED' })
  await mesh.clock.advance(5000)
  expect(letters()).toHaveLength(1)
})

test('a request to a computer that goes offline meanwhile waits: it has it, and may come back', async () => {
  const { mesh, macbook, workstation, ask } = asker()
  const answer = ask()
  await until(() => macbook.sentIds.length === 1)
  Object.assign(macbook.known.get('workstation') ?? {}, { status: 'offline' })
  await mesh.clock.advance(15_000)
  workstation.receive()
  expect(await answer).toBe('done')
})

test('what is too large to be carried is refused before it is sent', async () => {
  const { macbook, letters } = asker()
  const body = bodyOf(ONCE, { text: 'x'.repeat(2 ** 20) })
  const answer = macbook.outgoing.request('workstation', body, { requestId: 'req', idempotent: false })
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_MESSAGE_TOO_LARGE' })
  await expect(answer).rejects.toThrow(/session\.start.*1048576 can be carried/)
  expect(letters()).toEqual([])
})

test('ids that callers choose need be neither short nor different', async () => {
  const { macbook, workstation, ask } = asker()
  workstation.receive()
  const requestId = '\n../é'.repeat(100)
  expect(await Promise.all([ask({ requestId }), ask({ requestId })])).toEqual(['done', 'done'])
  expect(new Set(macbook.sentIds).size).toBe(2)
  expect(workstation.served.counts().served).toBe(2)
})
