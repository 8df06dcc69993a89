import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { type EnvelopeHeader, readHeader } from '../../../core/mesh/envelope.ts'
import { encodeHeader } from '../../../core/mesh/envelope-header.ts'
import { ANSWER_MS, MAX_SKEW_MS } from '../../../core/mesh/messages.ts'
import { asking, Bus, type Draft, type Impersonated, sealAs } from '../../support/bus.ts'
import { sees, TestMesh } from '../../support/mesh.ts'
import { signal } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

const mesh = TestMesh.forFile(['alpha', 'beta', 'gamma'])
const alpha = () => mesh().daemon('alpha')
const beta = () => mesh().daemon('beta')
let bus: Bus
let boot: string
beforeAll(async () => {
  bus = new Bus(mesh().redis)
  boot = await bus.bootOf('beta')
})
afterAll(() => bus?.[Symbol.asyncDispose]())

const who = (name: string): Impersonated => ({ name, stateDir: mesh().daemon(name).stateDir })
const counts = async () => (await beta().status()).mesh?.counts ?? {}
/** Settles when whatever stood in beta's mailbox before was dealt with. */
const served = () => alpha().call('session.list', { computer: 'beta' })

let made = 0
/** A file that is there once what says so was done. */
const newProof = () => join(beta().home, `proof-${++made}`)
const order = (proof: string) =>
  asking('session.start', { title: 'x', command: `echo done >> ${proof}`, adapter_types: [] }, boot)
const sealed = (draft: Draft, from = 'alpha', to = 'beta') => sealAs(who(from), who(to), draft)
/** As alpha has beta make the proof. */
const asIs = (proof: string) => sealed(order(proof))

/** Under another header, which whoever can write may claim. */
function relabelled(bytes: Buffer, change: Partial<EnvelopeHeader>): Buffer {
  const header = readHeader(bytes)
  if (!header) throw new Error('this is no envelope')
  const box = bytes.subarray(encodeHeader(header).length)
  return Buffer.concat([encodeHeader({ ...header, ...change }), box])
}

function withOneBitChanged(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(copy.length + at) ^ 1, copy.length + at)
  return copy
}

const underAnotherSecret = (proof: string) =>
  sealAs(who('alpha'), who('beta'), order(proof), 'another secret of 32 characters or more')
const soon = (ms: number) => systemClock.now() + ms

type Attack = (proof: string) => Buffer | null

const ATTACKS: readonly (readonly [fault: string, what: string, attack: Attack])[] = [
  ['unreadable', 'no message', () => null],
  ['unreadable', 'nothing', () => Buffer.alloc(0)],
  ['unreadable', 'words', proof => Buffer.from(`touch ${proof}`)],
  ['unreadable', 'a request in clear', proof => Buffer.from(JSON.stringify(order(proof).body))],
  ['unreadable', 'all bytes', () => Buffer.from(Array.from({ length: 4096 }, (_, at) => at % 256))],
  ['unreadable', 'the first bytes of an envelope', proof => asIs(proof).subarray(0, 100)],
  [
    'unreadable',
    'an envelope and 5 MiB more',
    proof => Buffer.concat([asIs(proof), Buffer.alloc(5 * 2 ** 20)]),
  ],
  ['forged', 'an envelope less its last byte', proof => asIs(proof).subarray(0, -1)],
  ['forged', 'an envelope and a byte more', proof => Buffer.concat([asIs(proof), Buffer.alloc(1)])],
  ['forged', 'an envelope with a bit of its tag changed', proof => withOneBitChanged(asIs(proof), -1)],
  ['forged', 'an envelope with a bit of its body changed', proof => withOneBitChanged(asIs(proof), -40)],
  ['forged', 'an envelope with another id', proof => relabelled(asIs(proof), { id: 'another' })],
  ['forged', 'an envelope of another kind', proof => relabelled(asIs(proof), { kind: 'event' })],
  ['forged', 'an envelope of another run', proof => relabelled(asIs(proof), { boot: 'another' })],
  [
    'forged',
    'an envelope made to last',
    proof => relabelled(asIs(proof), { notAfter: soon(ANSWER_MS + 1000) }),
  ],
  ['forged', "alpha's envelope in gamma's name", proof => relabelled(asIs(proof), { from: 'gamma' })],
  [
    'forged',
    'an envelope for gamma, addressed anew',
    proof => relabelled(sealed(order(proof), 'alpha', 'gamma'), { to: 'beta' }),
  ],
  [
    'forged',
    "an envelope under alpha's name and gamma's key",
    proof => sealAs({ ...who('gamma'), name: 'alpha' }, who('beta'), order(proof)),
  ],
  [
    'forged',
    'an envelope that names a secret under which it is not',
    proof => relabelled(underAnotherSecret(proof), { secret: readHeader(asIs(proof))?.secret ?? '' }),
  ],
  ['unknown_secret', 'an envelope under another secret', underAnotherSecret],
  [
    'unknown_sender',
    'an envelope of nobody who is known',
    proof => relabelled(asIs(proof), { from: 'nobody' }),
  ],
  [
    'unknown_sender',
    'an envelope of beta itself',
    proof => relabelled(sealed(order(proof), 'beta', 'alpha'), { to: 'beta' }),
  ],
  ['wrong_recipient', 'an envelope for gamma', proof => sealed(order(proof), 'alpha', 'gamma')],
  ['wrong_version', 'an envelope of a version to come', proof => sealed({ ...order(proof), v: 99 })],
  ['wrong_version', 'an envelope of version 0', proof => sealed({ ...order(proof), v: 0 })],
  [
    'expired',
    'an envelope that has expired',
    proof => sealed({ ...order(proof), at: soon(-MAX_SKEW_MS - ANSWER_MS - 1000) }),
  ],
  [
    'expired',
    'an envelope of the future',
    proof => sealed({ ...order(proof), at: soon(MAX_SKEW_MS + 5000) }),
  ],
  [
    'expired',
    'an envelope that would last for years',
    proof => sealed({ ...order(proof), notAfter: soon(1e11) }),
  ],
  ['malformed', 'a request that asks for nothing', () => sealed({ body: {} })],
  ['malformed', 'a request that is no object', () => sealed({ body: [1, 2] })],
  ['malformed', 'an answer without a status', () => sealed({ kind: 'response', body: { result: 1 } })],
  ['malformed', 'a renewal of nothing', () => sealed({ kind: 'renew', body: { sessions: 'all' } })],
  [
    'malformed',
    "an event of another's session",
    () => sealed({ kind: 'event', body: { type: 'session', session: { id: 'x', computer: 'gamma' } } }),
  ],
]

describe('In a mailbox', () => {
  it('what its sender has sealed is done, so that the rest proves something', async () => {
    const proof = newProof()
    await bus.post('beta', asIs(proof))
    await until(() => existsSync(proof), 'the proof')
  })

  it.each(ATTACKS)(
    '%s: %s is not done, but counted, kept with the reason, and passed by',
    async (fault, _, attack) => {
      const before = await counts()
      const proof = newProof()
      const bytes = attack(proof)
      await bus.post('beta', bytes)
      await served()
      const after = await counts()
      expect(after[fault]).toBe((before[fault] ?? 0) + 1)
      expect(after.dead).toBe((before.dead ?? 0) + 1)
      expect(after.served_served).toBe((before.served_served ?? 0) + 1) // the one behind it
      const letter = await bus.lastLetter('beta')
      expect(letter?.reason).toMatch(new RegExp(`^${fault}: \\w`))
      expect(letter?.bytes.equals((bytes ?? Buffer.alloc(0)).subarray(0, 65_536))).toBe(true)
      expect(existsSync(proof)).toBe(false)
    },
  )

  it('an operation that is not there is refused in an answer, and one that is not idempotent too', async () => {
    const before = (await counts()).served_served ?? 0
    for (const operation of ['nothing.there', '__proto__', 'constructor', 'session.start'])
      await bus.post('beta', sealed(asking(operation, { computer: 7 }, boot)))
    await served()
    expect((await counts()).served_served).toBe(before + 5)
  })

  it('a flood is passed by, and does not fill the log', async () => {
    const before = await counts()
    const writes = bus.redis.pipeline()
    for (let at = 0; at < 900; at++) writes.xadd('teleclaude:messages:beta', '*', 'm', `garbage ${at}`)
    await writes.exec()
    await served()
    expect((await counts()).unreadable).toBe((before.unreadable ?? 0) + 900)
    const log = readFileSync(join(beta().stateDir, 'daemon.log'), 'utf8')
    expect(log.split('\n').filter(line => line.includes('"fault":"unreadable"')).length).toBeLessThan(3)
    expect(await bus.redis.xlen('teleclaude:messages:beta:dead')).toBeLessThan(250)
  })
})

describe('A real request', () => {
  const timesDone = (proof: string) =>
    existsSync(proof) ? readFileSync(proof, 'utf8').split('\n').length - 1 : 0
  const recorded = async (since: ReadonlySet<string>) =>
    (await bus.mailbox('beta')).filter(({ id, header }) => header.kind === 'request' && !since.has(id))
  /** Has alpha make proofs on beta; what went over the bus for that. */
  async function record(proofs: readonly string[]) {
    const before = new Set((await bus.mailbox('beta')).map(({ id }) => id))
    for (const proof of proofs)
      await alpha().call('session.run', { computer: 'beta', command: `echo done >> ${proof}` })
    return await recorded(before)
  }

  it('that is replayed is not done again: at once, in another order, after the death of its receiver', async () => {
    const proofs = [newProof(), newProof(), newProof()]
    const mails = await record(proofs)
    expect(mails.length).toBeGreaterThanOrEqual(3)
    const { served_repeated = 0 } = await counts()
    for (const { bytes } of [...mails, ...mails.toReversed()]) await bus.post('beta', bytes)
    await served()
    expect((await counts()).served_repeated).toBe(served_repeated + 2 * mails.length)
    await beta().restart('SIGKILL')
    await sees(alpha(), 'beta')
    for (const { bytes } of mails.toReversed()) await bus.post('beta', bytes)
    await until(async () => (await counts()).served_repeated === mails.length, 'three repetitions')
    expect(proofs.map(timesDone)).toEqual([1, 1, 1])
    boot = await bus.bootOf('beta')
  })

  it('that is sent to another computer, or back to the one that sent it, is not done there', async () => {
    const proof = newProof()
    const [mail] = await record([proof])
    const wrongly = async () =>
      (await Promise.all(['alpha', 'gamma'].map(name => mesh().daemon(name).status()))).map(
        status => status.mesh?.counts.wrong_recipient,
      )
    for (const name of ['alpha', 'gamma']) await bus.post(name, mail?.bytes ?? null)
    await expect.poll(wrongly).toEqual([1, 1])
    expect(timesDone(proof)).toBe(1)
  })

  it('that is held back until it has expired is not done, and its sender learns it', async () => {
    // In the place of waiting: it was made so long ago.
    const at = soon(-MAX_SKEW_MS - ANSWER_MS - 1000)
    const id = `held-back-${made}`
    await bus.post('beta', sealed({ ...order(newProof()), at, id }))
    const answer = async () =>
      (await bus.mailbox('alpha')).some(({ header }) => header.kind === 'response' && header.id === id)
    await until(answer, 'an answer')
  })
})

describe('A computer of the mesh', () => {
  it("cannot answer in another's place, cancel what another has asked, or end another's watch", async () => {
    const session_id = await alpha().session({ computer: 'beta', title: 'watched' })
    const seen: unknown[] = []
    const watching = new AbortController()
    const watch = alpha().call(
      'session.watch',
      { session_id },
      { signal: watching.signal, onItem: item => void seen.push(item) },
    )
    await until(async () => (await beta().status()).mesh?.counts.streams_written, 'a stream')
    const before = new Set((await bus.mailbox('beta')).map(({ id }) => id))
    signal(beta().pid, 'SIGSTOP')
    const asked = alpha().get(session_id)
    const request = await until(
      async () =>
        (await bus.mailbox('beta')).find(({ id, header }) => header.kind === 'request' && !before.has(id)),
      'the request',
    )
    const { id } = request.header
    const lie = {
      status: 'error',
      error: { code: 'TC_ERR_SESSION_NOT_FOUND', message: 'a lie', retryable: false },
    }
    await bus.post('alpha', sealed({ kind: 'response', id, body: lie }, 'gamma', 'alpha'))
    await until(async () => (await alpha().status()).mesh?.counts.requests_late, 'the lie is counted')
    await bus.post('beta', sealed({ kind: 'cancel', id, body: null }, 'gamma'))
    await bus.post('beta', sealed({ kind: 'release', body: { sessions: [session_id] } }, 'gamma'))
    signal(beta().pid, 'SIGCONT')
    expect(await asked).toMatchObject({ id: session_id })
    expect((await beta().status()).mesh?.counts.streams_written).toBe(1)
    watching.abort()
    await watch.catch(() => {})
  })

  it('cannot tell of a session that runs on another one, or take it over', async () => {
    const session_id = await alpha().session({ computer: 'beta', title: 'mine' })
    const record = await alpha().get(session_id)
    const before = (await alpha().status()).mesh?.counts.malformed ?? 0
    for (const change of [{}, { computer: 'gamma' }])
      await bus.post(
        'alpha',
        sealed(
          {
            kind: 'event',
            body: {
              type: 'session',
              session: { ...record, title: 'stolen', updatedAt: soon(1e6), ...change },
            },
          },
          'gamma',
          'alpha',
        ),
      )
    await expect.poll(async () => (await alpha().status()).mesh?.counts.malformed).toBe(before + 2)
    const { sessions } = await alpha().call<{
      sessions: readonly { id: string; title: string; computer: string }[]
    }>('session.list')
    expect(sessions.find(({ id }) => id === session_id)).toMatchObject({ title: 'mine', computer: 'beta' })
  })
})
