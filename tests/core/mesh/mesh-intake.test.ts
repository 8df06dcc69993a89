import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { until } from '../../support/until.ts'
import { bodyOf, createRequestMesh, ONCE } from './request-mesh.ts'
import { mesh } from './taking-computers.ts'

test.each([600_000, -600_000])(
  'a request by a clock that is %i ms off is answered with how far it is off',
  async off => {
    const mesh = createRequestMesh()
    const macbook = mesh.add('macbook', { clock: new FakeClock(mesh.clock.now() + off) })
    const workstation = mesh.add('workstation', { serve: async () => 'done' })
    macbook.receive()
    workstation.receive()
    const answer = macbook.outgoing.request('workstation', bodyOf(), { requestId: 'r', idempotent: false })
    await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_CLOCK_SKEW' })
    await expect(answer).rejects.toThrow(
      `the clock of 'macbook' is 600 s ${off > 0 ? 'ahead of' : 'behind'} that of 'workstation', and 120 s are tolerated`,
    )
    expect(workstation.served.counts().served).toBe(0)
    expect(macbook.skews.at(-1)?.[1]).toBe(-off)
  },
)

test.each([119_000, -119_000])('clocks may differ by %i ms', async off => {
  const mesh = createRequestMesh()
  const macbook = mesh.add('macbook', { clock: new FakeClock(mesh.clock.now() + off) })
  const workstation = mesh.add('workstation', { serve: async () => 'done' })
  macbook.receive()
  workstation.receive()
  const options = { requestId: 'r', idempotent: false }
  expect(await macbook.outgoing.request('workstation', bodyOf(), options)).toBe('done')
})

test('what waited until it was too late, because nobody was here to read it, is counted but no dead letter', async () => {
  const { mesh: testMesh, macbook, workstation, take, faults } = mesh()
  const [renewal, request] = [
    macbook.seal('workstation', { kind: 'renew', body: { sessions: ['a'] } }),
    macbook.seal('workstation', { body: bodyOf() }),
  ]
  await testMesh.clock.advance(60_000 + 120_001)
  const waited = (bytes: Uint8Array) => workstation.intake.take({ position: '1', bytes, hasWaited: true })
  expect([await waited(renewal), await waited(request)]).toEqual([null, null])
  expect(faults()).toEqual({ expired: 2 })
  expect(workstation.told).toEqual([])
  expect(workstation.served.counts().served).toBe(0)
  // Whoever puts it there now has kept it, or has another time.
  expect(await take(renewal)).toMatch(/^expired/)
  expect(await waited(macbook.seal('workstation', { at: testMesh.clock.now() + 120_001 }))).toMatch(
    /^expired/,
  )
})

test('a revoked computer is told so when it asks; whatever else it sends is dropped', async () => {
  const { take, macbook, workstation, faults, answers } = mesh()
  Object.assign(workstation.known.get('macbook') ?? {}, { status: 'revoked' })
  const sessions = { sessions: ['aaaaaaaaaaaa'] }
  await take(macbook.seal('workstation', { body: bodyOf() }))
  await take(macbook.seal('workstation', { kind: 'cancel', body: {} }))
  await take(macbook.seal('workstation', { kind: 'event', body: { type: 'session', session: {} } }))
  await take(macbook.seal('workstation', { kind: 'renew', body: sessions }))
  await take(macbook.seal('workstation', { kind: 'release', body: sessions }))
  await take(macbook.seal('workstation', { kind: 'response', body: { status: 'success', result: 1 } }))
  expect(faults()).toEqual({ refused: 6 })
  expect(workstation.told).toEqual([['refused', 'macbook', ONCE]])
  expect(workstation.served.counts().served).toBe(0)
  await until(() => answers().length > 0)
  expect(answers()).toMatchObject([{ status: 'error', error: { code: 'TC_ERR_PEER_REFUSED' } }])
})

test('what a revoked computer asks is noted only if it asks something, and in time', async () => {
  const { take, macbook, workstation, faults } = mesh()
  Object.assign(workstation.known.get('macbook') ?? {}, { status: 'revoked' })
  await take(macbook.seal('workstation', { body: { operation: 7 } }))
  await take(macbook.seal('workstation', { body: bodyOf(), at: 0, notAfter: 60_000 }))
  expect(faults()).toEqual({ refused: 2 })
  expect(workstation.told).toEqual([])
})

test('a request that is not as it should be is answered, and an event is not', async () => {
  const {
    take,
    macbook,
    answers,
    mesh: { clock },
  } = mesh()
  await take(macbook.seal('workstation', { body: { operation: 7 } }))
  await take(macbook.seal('workstation', { kind: 'event', body: { type: 'other' } }))
  await clock.advance(100)
  expect(answers()).toMatchObject([{ status: 'error', error: { code: 'TC_ERR_PROTOCOL' } }])
})

test('events, renewals and releases are handed on with who sent them', async () => {
  const { take, macbook, workstation } = mesh()
  await take(macbook.seal('workstation', { kind: 'event', body: { type: 'session', session: { id: 1 } } }))
  await take(macbook.seal('workstation', { kind: 'renew', body: { sessions: ['a'] } }))
  await take(macbook.seal('workstation', { kind: 'release', body: { sessions: ['b'] } }))
  expect(workstation.told).toEqual([
    ['told', 'macbook', { id: 1 }],
    ['renew', 'macbook', ['a']],
    ['release', 'macbook', ['b']],
  ])
})

test('an event that its keeper refuses is malformed', async () => {
  const { take, macbook, workstation, faults } = mesh()
  const event = macbook.seal('workstation', { kind: 'event', body: { type: 'session', session: {} } })
  workstation.onTold = () => {
    throw new TeleclaudeError('TC_ERR_PROTOCOL', 'that is no session')
  }
  expect(await take(event)).toMatch(/^malformed/)
  expect(workstation.intake.position).toBe('1')
  expect(faults()).toEqual({ malformed: 1 })
})

test('mail that brings out a fault of this program holds up nothing, and the log alone says which', async () => {
  const { take, macbook, workstation, faults } = mesh()
  workstation.onTold = () => {
    throw new Error('cannot read properties of /home/ada')
  }
  const event = { kind: 'event', body: { type: 'session', session: {} } } as const
  expect(await take(macbook.seal('workstation', event))).toBe('failed: TC_ERR_INTERNAL')
  expect(await take(macbook.seal('workstation', event))).toBe('failed: TC_ERR_INTERNAL')
  expect(workstation.intake.position).toBe('2')
  expect(faults()).toEqual({ failed: 2 })
  expect(workstation.logged.lines.filter(line => line.includes('cannot read properties'))).toHaveLength(1)
})

test('what fails is tried once more before anything else, and whoever is behind it does not wait', async () => {
  const { take, macbook, workstation, faults } = mesh()
  let failures = 1
  workstation.onTold = () => {
    if (failures-- > 0) throw new Error('not this time')
  }
  const event = (id: number) =>
    macbook.seal('workstation', { kind: 'event', body: { type: 'session', session: { id } } })
  expect(await take(event(1))).toBeNull()
  failures = 2
  expect(await take(event(2))).toBe('failed: TC_ERR_INTERNAL')
  expect(await take(event(3))).toBeNull()
  expect(workstation.told).toEqual([
    ['told', 'macbook', { id: 1 }],
    ['told', 'macbook', { id: 3 }],
  ])
  expect(faults()).toEqual({ failed: 1 })
})

test('how far the mailbox was read is saved with each request at once, with other mail soon', async () => {
  const file = join(tempDir(), 'teleclaude.db')
  const mesh = createRequestMesh()
  const macbook = mesh.add('macbook')
  const restart = () => {
    mesh.get('workstation')?.kill()
    return mesh.add('workstation', { file })
  }
  const first = restart()
  expect(first.intake.position).toBeNull()
  await first.intake.take({ position: '1-0', bytes: macbook.seal('workstation', {}) })
  await first.intake.take({ position: '2-0', bytes: null })
  expect(first.intake.position).toBe('2-0')
  const second = restart()
  expect(second.intake.position).toBe('1-0')
  await second.intake.take({ position: '2-0', bytes: null })
  await second.intake.take({ position: '3-0', bytes: null })
  await mesh.clock.advance(100)
  const third = restart()
  expect(third.intake.position).toBe('3-0')
  await third.intake.take({ position: '4-0', bytes: null })
  third.mailbox.close()
  expect(restart().intake.position).toBe('4-0')
})

test('each mailbox has a position of its own', async () => {
  const file = join(tempDir(), 'teleclaude.db')
  const mesh = createRequestMesh()
  const before = mesh.add('workstation', { file })
  await before.intake.take({ position: '1-0', bytes: null })
  before.mailbox.close()
  before.kill()
  expect(mesh.add('renamed', { file }).intake.position).toBeNull()
})

test('nothing is counted of mail that is taken in', async () => {
  const { take, macbook, faults } = mesh()
  expect(await take(macbook.seal('workstation', {}))).toBeNull()
  expect(faults()).toEqual({})
})
