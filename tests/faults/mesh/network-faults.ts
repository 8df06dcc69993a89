import { afterAll, beforeAll, expect } from 'vitest'
import { TestMesh } from '../../support/mesh.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'
import { NumberedLines } from './numbered-lines.ts'
import { expectLocalWork, expectRefusal, hasProblem, isWell } from './other-work.ts'

/** Sooner than by default, since each fault has to wait for it. */
const options = { commandTimeoutMs: 1000, connectTimeoutMs: 1000 }
const remote = { computer: 'workstation' }

export const COMPUTERS = ['macbook', 'workstation'] as const
export type Computer = (typeof COMPUTERS)[number]

/** What a network does, and the check that nothing is lost by it: of `macbook`, which watches, or of `workstation`. */
export const NETWORK_FAULTS = {
  'breaks in the middle of replies': breaks,
  'stands still, shortly, and until it is noticed': standsStill,
  'has lost the connections without telling': (mesh: DividedMesh, of: Computer) => loses(mesh, of, ''),
  'has lost the connection for commands without telling': (mesh: DividedMesh, of: Computer) =>
    loses(mesh, of, ':commands'),
  'has lost the connection for reading without telling': (mesh: DividedMesh, of: Computer) =>
    loses(mesh, of, ':reader'),
  'is slow, and breaks': isSlow,
} as const
export type NetworkFault = keyof typeof NETWORK_FAULTS

/** Two computers, each of which reaches Redis through a network of its own. */
export interface DividedMesh {
  readonly mesh: TestMesh
  readonly networks: Readonly<Record<Computer, TcpProxy>>
}

/** One for all tests of a file. */
export function dividedMeshForFile(): () => DividedMesh {
  let divided: DividedMesh | undefined
  beforeAll(async () => {
    const mesh = await TestMesh.start([], { redis: { tcp: 'plain' }, options })
    const [macbook, workstation] = [
      await startTcpProxy({ to: mesh.redis.port }),
      await startTcpProxy({ to: mesh.redis.port }),
    ]
    divided = { mesh, networks: { macbook, workstation } }
    for (const name of COMPUTERS)
      await mesh.join(name, { url: `redis://127.0.0.1:${divided.networks[name].port}` })
    await mesh.acquainted()
  })
  afterAll(async () => {
    await divided?.mesh[Symbol.asyncDispose]()
    for (const name of COMPUTERS) await divided?.networks[name][Symbol.asyncDispose]()
  })
  return () => {
    if (!divided) throw new Error('the mesh is started before the first test')
    return divided
  }
}

async function breaks(divided: DividedMesh, of: Computer): Promise<void> {
  const lines = await startLines(divided)
  for (const bytes of [1, 5, 100, 1001, 5003, 20_011]) {
    await divided.networks[of].cutAfterBytes(bytes)
    await lines.flow()
  }
  await lines.complete()
}

async function standsStill(divided: DividedMesh, of: Computer): Promise<void> {
  const lines = await startLines(divided)
  const [network, daemon] = [divided.networks[of], divided.mesh.daemon(of)]
  network.freeze()
  await lines.print(200)
  network.unfreeze()
  await lines.flow()
  network.freeze()
  await hasProblem(daemon, /does not answer/)
  if (of === 'macbook') await expectRefusal(daemon, { ...remote, session_id: lines.id }, /does not answer/)
  await expectLocalWork(...COMPUTERS.map(name => divided.mesh.daemon(name)))
  network.unfreeze()
  await lines.flow()
  await isWell(daemon)
  await expectNewSession(divided)
  await lines.complete()
}

async function loses(divided: DividedMesh, of: Computer, greeting: string): Promise<void> {
  const lines = await startLines(divided)
  divided.networks[of].halfOpen(greeting)
  await lines.flow()
  await expectNewSession(divided)
  await lines.complete()
}

async function isSlow(divided: DividedMesh, of: Computer): Promise<void> {
  const network = divided.networks[of]
  network.setDelay(20)
  const lines = await startLines(divided)
  network.cutAll()
  await lines.flow()
  await network.cutAfterBytes(3001)
  await lines.flow()
  await lines.complete()
  network.setDelay(0)
}

function startLines({ mesh }: DividedMesh): Promise<NumberedLines> {
  return NumberedLines.start(mesh.daemon('macbook'), mesh.daemon('workstation'), 'workstation')
}

async function expectNewSession({ mesh }: DividedMesh): Promise<void> {
  const macbook = mesh.daemon('macbook')
  expect((await macbook.send(await macbook.session(remote), 'echo again')).output).toBe('again\n')
}
