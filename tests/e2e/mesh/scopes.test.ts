import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { coreOperations } from '../../../core/operations/index.ts'
import type { AnyOperation } from '../../../core/operations/operation.ts'
import { CORE_SCOPES } from '../../../core/principal.ts'
import { mcp } from '../../../plugins/mcp/index.ts'
import { redis } from '../../../plugins/redis/index.ts'
import { registry } from '../../../plugins/registry/index.ts'
import { terminal } from '../../../plugins/terminal/index.ts'
import { asking, Bus, openAs, sealAs } from '../../support/bus.ts'
import { TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'

const PLUGINS = [terminal, registry, mcp, redis]
const OPERATIONS: readonly AnyOperation[] = [
  ...coreOperations,
  ...PLUGINS.flatMap(({ definition }) => definition.operations ?? []),
]
const has = (operation: AnyOperation, field: string) => field in operation.input.shape
/** Runs at the computer that it is about, or is composed of what does. */
const reachesOut = (operation: AnyOperation) => has(operation, 'session_id') || has(operation, 'computer')
const AT_OWNER = OPERATIONS.filter(({ at }) => at === 'owner')
// The list of projects is answered from what was told before; who is asked for it anew, is by `projects.describe`.
// What is shown of the traffic with a computer is known here.
const ANSWERED_HERE = ['projects.list', 'mesh.tail']
const COMPOSED = OPERATIONS.filter(
  operation => operation.at === 'here' && reachesOut(operation) && !ANSWERED_HERE.includes(operation.name),
)
const HERE = OPERATIONS.filter(({ at }) => at === 'here')

const mesh = TestMesh.forFile(['macbook', 'third'])
const macbook = () => mesh().daemon('macbook')
const workstation = () => mesh().daemon('workstation')
const who = (name: string) => ({ name, stateDir: mesh().daemon(name).stateDir })
let bus: Bus
beforeAll(async () => {
  bus = new Bus(mesh().redis)
  await mesh().join('workstation', { mesh: { newPeers: { allow: [] } } })
  await mesh().acquainted()
})
afterAll(() => bus?.[Symbol.asyncDispose]())

interface AuditLine {
  readonly principal: string
  readonly operation: string
  readonly allowed: boolean
}

/** What the audit log of the computer that is asked has of an operation since. */
function audited(operation: string, from: number): readonly AuditLine[] {
  return auditLog()
    .slice(from)
    .filter(line => line.operation === operation)
}
const auditLog = (): readonly AuditLine[] =>
  readFileSync(join(workstation().stateDir, 'audit.log'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as AuditLine)

async function limit(scopes: readonly string[]): Promise<void> {
  await workstation().call('peers.limit', { peer: 'macbook', scopes })
}

let made = 0
const newProof = () => join(workstation().home, `proof-${++made}`)

/** What makes a proof where it has an effect. */
const INPUTS: Readonly<Record<string, (proof: string) => object>> = {
  'session.start': proof => ({ title: 'x', command: ['touch', proof] }),
  'session.run': proof => ({ command: ['touch', proof] }),
  'session.send': proof => ({ message: `touch ${proof}`, wait_ms: 5000 }),
  'session.input': proof => ({ text: `touch ${proof}` }),
  'session.keys': () => ({ keys: ['enter'] }),
  'session.resize': () => ({ cols: 100, rows: 30 }),
  'session.rename': () => ({ title: 'renamed' }),
  'session.watch': () => ({ follow: false }),
  'session.sendFile': () => ({ path: '/etc/passwd' }),
  'session.notify': () => ({ text: 'hello' }),
}

function inputOf(operation: AnyOperation, session_id: string, proof: string): object {
  const where = has(operation, 'session_id') ? { session_id } : { computer: 'workstation' }
  return { ...where, ...INPUTS[operation.name]?.(proof) }
}

const missingOf = ({ scope, alsoNeeds = [] }: AnyOperation, allow: readonly string[]) =>
  allow.includes('*') ? undefined : [scope, ...alsoNeeds].find(needed => !allow.includes(needed))

/** As a peer that keeps to no rule asks: the answer, as its daemon would read it. */
async function askByHand(
  operation: string,
  input: object,
): Promise<{ error?: { code: string; message: string } }> {
  const id = `by-hand-${++made}`
  const [me, there] = [who('macbook'), who('workstation')]
  await bus.post(
    'workstation',
    sealAs(me, there, { ...asking(operation, input, await bus.bootOf('workstation')), id }),
  )
  const mail = await until(
    async () =>
      (await bus.mailbox('macbook')).find(({ header }) => header.kind === 'response' && header.id === id),
    `an answer to ${operation}`,
  )
  // As `responseBody` in core/mesh/messages.ts.
  return openAs(me, there, mail) as { error?: { code: string; message: string } }
}

it('this knows every operation that a daemon offers', async () => {
  const offered = await workstation().call<{ operations: readonly { name: string }[] }>('operations.list')
  expect(OPERATIONS.map(({ name }) => name).sort()).toEqual(offered.operations.map(({ name }) => name).sort())
})

const ALLOWANCES = [
  ['*'],
  [],
  ['sessions:read'],
  ['computers:read'],
  ...CORE_SCOPES.filter(one => !/:read$/.test(one)).map(one => [one]),
]

describe.each(ALLOWANCES.map(allow => ({ allow, name: allow.join() || 'nothing' })))(
  'A computer that may do $name',
  ({ allow }) => {
    let session_id: string
    beforeAll(async () => {
      await limit(['*'])
      session_id = await macbook().session({ computer: 'workstation', title: 'of both' })
      // No operation gives nothing: that is for computers that were never seen.
      await limit(allow.length ? allow : ['nothing:at-all'])
    })

    const last = (one: AnyOperation) => Number(one.name === 'session.close')
    const asked = [...AT_OWNER, ...COMPOSED].sort((one, other) => last(one) - last(other))

    it.each(asked.map(operation => [operation.name, operation] as const))('%s', async (_, operation) => {
      const missing = missingOf(operation, allow)
      const proof = newProof()
      const before = auditLog().length
      const outcome = await macbook()
        .call(operation.name, inputOf(operation, session_id, proof))
        .then(
          () => null,
          (error: { code: string; message: string }) => error,
        )
      if (missing === undefined) {
        expect(outcome).toBeNull()
        if (INPUTS[operation.name]?.('').toString().includes('touch'))
          await until(() => existsSync(proof), 'its effect')
      } else {
        expect(outcome).toMatchObject({
          code: 'TC_ERR_FORBIDDEN',
          message: expect.stringContaining(`'${missing}'`),
        })
        expect(existsSync(proof)).toBe(false)
      }
      const lines = operation.at === 'owner' ? audited(operation.name, before) : auditLog().slice(before)
      expect(lines.length).toBeGreaterThan(0)
      for (const line of lines) {
        expect(line.principal).toMatch(/^peer:macbook\/user:/)
        expect(line.allowed).toBe(missing === undefined)
      }
    })

    it.each(HERE.map(({ name }) => name))('%s cannot be asked of it by another computer', async name => {
      const before = auditLog().length
      const { error } = await askByHand(name, {
        computer: 'workstation',
        session_id,
        peer: 'macbook',
        scopes: ['*'],
      })
      expect(error?.code).toBe('TC_ERR_FORBIDDEN')
      expect(audited(name, before)).toMatchObject([
        { principal: 'peer:macbook/user:mallory', allowed: false },
      ])
    })
  },
)

describe('A computer that may do everything', () => {
  beforeAll(() => limit(['*']))
  const servedByThird = async () => (await mesh().daemon('third').status()).mesh?.counts.served_served

  it('cannot have a third one asked: not by its name, nor by a session there', async () => {
    const session_id = await workstation().session({ computer: 'third', title: 'on the third' })
    const before = await servedByThird()
    const proof = newProof()
    const named = await askByHand('session.start', {
      title: 'x',
      computer: 'third',
      command: ['touch', proof],
    })
    expect(named.error?.code).toBe('TC_ERR_FORBIDDEN')
    expect(named.error?.message).toContain('workstation')
    for (const operation of AT_OWNER.filter(one => has(one, 'session_id'))) {
      const { error } = await askByHand(operation.name, { session_id, ...INPUTS[operation.name]?.(proof) })
      expect(error?.code, operation.name).toBe('TC_ERR_SESSION_NOT_FOUND')
    }
    expect(await servedByThird()).toBe(before)
    expect(existsSync(proof)).toBe(false)
  })

  it('is told of the sessions that run there, not of those elsewhere', async () => {
    const elsewhere = await workstation().session({ computer: 'third', title: 'elsewhere' })
    const here = await workstation().session({ title: 'here' })
    const answer = JSON.stringify(await askByHand('session.list', {}))
    expect(answer).toContain(here)
    expect(answer).not.toContain(elsewhere)
  })
})

it('a computer that was not seen before may do what new ones may', async () => {
  const fourth = await mesh().join('fourth')
  await mesh().acquainted()
  await expect(fourth.call('session.list', { computer: 'workstation' })).rejects.toMatchObject({
    code: 'TC_ERR_FORBIDDEN',
    message: expect.stringContaining("'sessions:read'"),
  })
  expect(await fourth.call('session.list', { computer: 'third' })).toEqual({ sessions: expect.anything() })
})
