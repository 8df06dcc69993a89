import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestMesh } from '../../support/mesh.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'
import { NumberedLines } from './numbered-lines.ts'
import { expectLocalWork, expectRefusal, hasProblem, isWell } from './other-work.ts'

/** Sooner than by default, since each of these tests has to wait for it. */
const options = { commandTimeoutMs: 1000, connectTimeoutMs: 1000 }
const computers = ['macbook', 'workstation'] as const
const remote = { computer: 'workstation' }

let mesh: TestMesh
let networks: Readonly<Record<(typeof computers)[number], TcpProxy>>
const macbook = () => mesh.daemon('macbook')
const workstation = () => mesh.daemon('workstation')

beforeAll(async () => {
  mesh = await TestMesh.start([], { redis: { tcp: 'plain' }, options })
  const [one, other] = [
    await startTcpProxy({ to: mesh.redis.port }),
    await startTcpProxy({ to: mesh.redis.port }),
  ]
  networks = { macbook: one, workstation: other }
  for (const name of computers) await mesh.join(name, { url: `redis://127.0.0.1:${networks[name].port}` })
  await mesh.acquainted()
})

afterAll(async () => {
  await mesh[Symbol.asyncDispose]()
  for (const name of computers) await networks[name][Symbol.asyncDispose]()
})

describe.each(computers)('the network of %s', name => {
  test('breaks in the middle of replies', async () => {
    const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
    for (const bytes of [1, 5, 100, 1001, 5003, 20_011]) {
      await networks[name].cutAfterBytes(bytes)
      await lines.flow()
    }
    await lines.complete()
  })

  test('stands still, shortly, and until it is noticed', async () => {
    const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
    networks[name].freeze()
    await lines.print(200)
    networks[name].unfreeze()
    await lines.flow()
    networks[name].freeze()
    await hasProblem(mesh.daemon(name), /does not answer/)
    await expectLocalWork(macbook(), workstation())
    if (name === 'macbook')
      await expectRefusal(macbook(), { ...remote, session_id: lines.id }, /does not answer/)
    networks[name].unfreeze()
    await lines.flow()
    await isWell(mesh.daemon(name))
    expect((await macbook().send(await macbook().session(remote), 'echo again')).output).toBe('again\n')
    await lines.complete()
  })

  test.each([
    ['the connections', ''],
    ['the connection for commands', ':commands'],
    ['the connection for reading', ':reader'],
  ])('has lost %s without telling', async (_, greeting) => {
    const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
    networks[name].halfOpen(greeting)
    await lines.flow()
    expect((await macbook().send(await macbook().session(remote), 'echo again')).output).toBe('again\n')
    await lines.complete()
  })

  test('is slow, and breaks', async () => {
    networks[name].setDelay(20)
    const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
    networks[name].cutAll()
    await lines.flow()
    await networks[name].cutAfterBytes(3001)
    await lines.flow()
    await lines.complete()
    networks[name].setDelay(0)
  })
})
