import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import { readHeader } from '../../../core/mesh/envelope.ts'
import { createMeshIdentity } from '../../../core/mesh/identity.ts'
import type { MailFault } from '../../../core/mesh/mail-faults.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { until } from '../../support/until.ts'
import { bodyOf, createRequestMesh, ONCE, type RequestComputer } from './request-mesh.ts'

const MIB = 2 ** 20

function mesh() {
  const mesh = createRequestMesh()
  const macbook = mesh.add('macbook')
  const workstation = mesh.add('workstation', { serve: async () => 'done' })
  let position = 0
  const take = (bytes: Uint8Array | null) => workstation.intake.take({ position: `${++position}`, bytes })
  /** The faults that were counted. */
  const faults = () =>
    Object.fromEntries(Object.entries(workstation.intake.counts()).filter(([, count]) => count > 0))
  /** What the workstation has answered to the macbook. */
  const answers = () => mesh.carrier.letters('macbook').map(bytes => opened(macbook, workstation, bytes))
  return { mesh, macbook, workstation, take, faults, answers }
}

type Parts = ReturnType<typeof mesh>

function opened(receiver: RequestComputer, sender: RequestComputer, bytes: Uint8Array | null): unknown {
  const header = bytes && readHeader(bytes)
  const known = receiver.known.get(sender.name)
  return header && known && receiver.envelopes.open(bytes, header, { ...known, name: sender.name })
}

function truncated(bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, bytes.length - 10)
}

function flipped(bytes: Uint8Array, index = bytes.length - 1): Uint8Array {
  return bytes.map((byte, at) => (at === index ? byte ^ 1 : byte))
}

/** An envelope that somebody else sealed who says that he is the macbook. */
function sealedByAnother({ macbook, workstation, mesh }: Parts): Uint8Array {
  const elsewhere = createRequestMesh()
  const other = elsewhere.add('macbook', { identity: createMeshIdentity(randomBytes(32)), clock: mesh.clock })
  other.known.set('workstation', { ...macbook.known.get('workstation') } as never)
  return other.seal(workstation.name, {})
}

const hostile: [what: string, fault: MailFault, make: (parts: Parts) => Uint8Array | null][] = [
  ['nothing', 'unreadable', () => null],
  ['no bytes', 'unreadable', () => new Uint8Array()],
  ['garbage', 'unreadable', () => randomBytes(300)],
  ['text', 'unreadable', () => Buffer.from('{"v":1,"kind":"request","from":"macbook"}')],
  ['more than can be carried', 'unreadable', () => Buffer.alloc(2 * MIB, 'x')],
  ['half a header', 'unreadable', ({ macbook }) => macbook.seal('workstation', {}).slice(0, 20)],
  ['a cut envelope', 'forged', ({ macbook }) => truncated(macbook.seal('workstation', {}))],
  ['a changed envelope', 'forged', ({ macbook }) => flipped(macbook.seal('workstation', {}))],
  ['what another key sealed', 'forged', sealedByAnother],
  [
    'mail for another computer',
    'wrong_recipient',
    ({ mesh, macbook }) => {
      mesh.add('laptop')
      return macbook.seal('laptop', {})
    },
  ],
  ['another version', 'wrong_version', ({ macbook }) => macbook.seal('workstation', { v: 2 })],
  [
    'mail of a stranger',
    'unknown_sender',
    ({ macbook, workstation }) => {
      workstation.known.delete('macbook')
      return macbook.seal('workstation', {})
    },
  ],
  [
    'mail under another secret',
    'unknown_secret',
    ({ macbook }) => {
      const known = macbook.known.get('workstation')
      if (known) known.secret = { id: 'aaaaaaaa', value: 'another secret, of more than 32 characters' }
      return macbook.seal('workstation', {})
    },
  ],
  [
    'an expired request',
    'expired',
    ({ macbook, mesh }) => macbook.seal('workstation', { notAfter: mesh.clock.now() - 120_001 }),
  ],
  [
    'a request of the future',
    'expired',
    ({ macbook, mesh }) => macbook.seal('workstation', { at: mesh.clock.now() + 120_001 }),
  ],
  [
    'a request that would be valid for ever',
    'expired',
    ({ macbook, mesh }) => macbook.seal('workstation', { notAfter: mesh.clock.now() + 10 ** 9 }),
  ],
  ['a request without an operation', 'malformed', ({ macbook }) => macbook.seal('workstation', { body: {} })],
  ['an event that is none', 'malformed', ({ macbook }) => macbook.seal('workstation', { kind: 'event' })],
  ['an answer that is none', 'malformed', ({ macbook }) => macbook.seal('workstation', { kind: 'response' })],
]

test.each(hostile)('%s is not taken in (%s), and what is behind it is', async (_what, fault, make) => {
  const parts = mesh()
  const { take, faults, workstation } = parts
  const bytes = make(parts)
  const reason = await take(bytes)
  expect(reason?.startsWith(`${fault}: `)).toBe(true)
  expect(reason?.length).toBeLessThan(150)
  expect(faults()).toEqual({ [fault]: 1 })
  expect(workstation.served.counts().served).toBe(0)
  expect(workstation.told).toEqual([])
  expect(await take(goodMail(parts))).toBeNull()
  expect(workstation.served.counts().served).toBe(1)
})

/** Whatever the two knew of each other before, they know each other now. */
function goodMail({ mesh, macbook, workstation }: Parts): Uint8Array {
  const probe = mesh.add('probe')
  const known = probe.known.get('macbook')
  if (known) workstation.known.set('macbook', known)
  Object.assign(macbook.known.get('workstation') ?? {}, { secret: known?.secret })
  return macbook.seal('workstation', {})
}

test('neither the reason nor the log tells anything of the mail', async () => {
  const { take, macbook, workstation } = mesh()
  const reason = await take(
    macbook.seal('workstation', { kind: 'event', body: { type: 'xyzzy', id: 'plugh' } }),
  )
  expect(`${reason} ${workstation.logged.lines.join()}`).not.toMatch(/xyzzy|plugh/)
})

test('each fault is logged at most once a minute', async () => {
  const {
    mesh: { clock },
    take,
    workstation,
  } = mesh()
  const logged = () => workstation.logged.records().filter(({ fault }) => fault !== undefined)
  for (let count = 0; count < 10; count++) await take(null)
  expect(logged()).toMatchObject([{ fault: 'unreadable', count: 1 }])
  await clock.advance(60_000)
  workstation.intake.lost('3 messages')
  await take(null)
  expect(logged()).toMatchObject([{}, { fault: 'lost', count: 1 }, { fault: 'unreadable', count: 11 }])
})

test('a stranger is looked for before it is one, and a flood of strangers once a second', async () => {
  const {
    mesh: { clock },
    take,
    macbook,
    workstation,
    faults,
  } = mesh()
  const known = workstation.known.get('macbook')
  workstation.known.clear()
  const sealed = macbook.seal('workstation', {})
  for (let count = 0; count < 50; count++) await take(sealed)
  expect(workstation.looks).toBe(1)
  expect(faults()).toEqual({ unknown_sender: 50 })
  await clock.advance(1000)
  workstation.onLook = () => known && workstation.known.set('macbook', known)
  expect(await take(sealed)).toBeNull()
  expect(workstation.looks).toBe(2)
  expect(workstation.served.counts().served).toBe(1)
})

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

test('an event that its keeper refuses is malformed; one that cannot be kept is asked for later', async () => {
  const { take, macbook, workstation, faults } = mesh()
  const event = macbook.seal('workstation', { kind: 'event', body: { type: 'session', session: {} } })
  workstation.onTold = () => {
    throw new TeleclaudeError('TC_ERR_PROTOCOL', 'that is no session')
  }
  expect(await take(event)).toMatch(/^malformed/)
  workstation.onTold = () => {
    throw new TeleclaudeError('TC_ERR_DISK_FULL', 'no room in /home/ada')
  }
  expect(await take(event)).toBe('unrecorded: TC_ERR_DISK_FULL')
  expect(workstation.intake.position).toBe('2')
  expect(workstation.told).toEqual([['missed', 'macbook']])
  expect(faults()).toEqual({ malformed: 1, unrecorded: 1 })
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

test('100,000 hostile mails leave nothing behind', async () => {
  const parts = mesh()
  const { mesh: testMesh, take, macbook, workstation, answers } = parts
  const expired = macbook.seal('workstation', { notAfter: testMesh.clock.now() - 200_000 })
  const kinds = [
    randomBytes(200),
    flipped(macbook.seal('workstation', {})),
    sealedByAnother(parts),
    macbook.seal('workstation', { body: {} }),
    macbook.seal('workstation', { kind: 'response', body: { status: 'success', result: 1 } }),
    macbook.seal('workstation', { kind: 'cancel', body: {} }),
    expired,
    flipped(expired, 20),
  ]
  testMesh.carrier.freeze()
  for (let count = 0; count < 1000; count++) await take(kinds[count % kinds.length] ?? null)
  const before = usedBytes()
  for (let count = 0; count < 99_000; count++) await take(kinds[count % kinds.length] ?? null)
  expect(usedBytes() - before).toBeLessThan(4 * MIB)
  expect(workstation.answers.counts().on_the_way).toBeLessThanOrEqual(100)
  expect(workstation.store.db.prepare('SELECT count(*) FROM mesh_requests').pluck().get()).toBe(0)
  expect(workstation.logged.lines.length).toBeLessThan(20)
  testMesh.carrier.thaw()
  await until(() => workstation.answers.counts().on_the_way === 0)
  expect(answers().length).toBeLessThanOrEqual(100)
})

function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

test('nothing is counted of mail that is taken in', async () => {
  const { take, macbook, faults } = mesh()
  expect(await take(macbook.seal('workstation', {}))).toBeNull()
  expect(faults()).toEqual({})
})
