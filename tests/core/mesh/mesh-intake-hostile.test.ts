import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createMeshIdentity } from '../../../core/mesh/identity.ts'
import type { MailFault } from '../../../core/mesh/mail-faults.ts'
import { until } from '../../support/until.ts'
import { createRequestMesh } from './request-mesh.ts'
import { MIB, mesh, type Parts } from './taking-computers.ts'

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
  ['another version', 'wrong_version', ({ macbook }) => macbook.seal('workstation', { v: 3 })],
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
