import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadConfig } from '../../../core/config/load-config.ts'
import { type Daemon, startDaemon } from '../../../core/daemon.ts'
import type { ProtocolRange } from '../../../core/mesh/messages.ts'
import { openStateDir } from '../../../core/state-dir.ts'
import { Bus } from '../../support/bus.ts'
import { commandLine } from '../../support/command-line.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { computersOf, meshDaemon, sees, TestMesh } from '../../support/mesh.ts'

/** Daemons of this program that are told which versions to speak. */
const RANGES: Readonly<Record<string, ProtocolRange>> = {
  newer: { min: 1, max: 2 },
  newest: { min: 2, max: 3 },
}

const mesh = TestMesh.forFile(['present'])
const present = () => mesh().daemon('present')
const told = new Map<string, TestDaemon>()
const running: Daemon[] = []
let bus: Bus

async function startWith(protocol: ProtocolRange, at: TestDaemon): Promise<Daemon> {
  const { env, home } = at
  const stateDir = openStateDir({ env })
  return await startDaemon({ config: await loadConfig({ cwd: home, env }), stateDir, protocol })
}

beforeAll(async () => {
  bus = new Bus(mesh().redis)
  for (const [name, range] of Object.entries(RANGES)) {
    const daemon = meshDaemon(name, mesh().redis.url, { plugins: ['registry'] })
    told.set(name, daemon)
    running.push(await startWith(range, daemon))
  }
})
afterAll(async () => {
  for (const daemon of running) expect(await daemon.close()).toEqual([])
  for (const daemon of told.values()) await daemon.end()
  await bus?.[Symbol.asyncDispose]()
})

const daemonOf = (name: string) => told.get(name) ?? present()
/** The version of the newest request in a mailbox. */
const versionFor = async (name: string) =>
  (await bus.mailbox(name)).findLast(({ header }) => header.kind === 'request')?.header.v

it.each([
  ['present', 'newer', 1],
  ['newer', 'present', 1],
  ['newer', 'newest', 2],
  ['newest', 'newer', 2],
])('%s and %s talk in the newest version that both speak: %i', async (one, other, version) => {
  await sees(daemonOf(one), other)
  expect(await daemonOf(one).call('session.list', { computer: other })).toEqual({ sessions: [] })
  expect(await versionFor(other)).toBe(version)
})

it.each([
  ['present', 'newest', /versions 2 to 3 .* this computer version 1\. Install the newer program/],
  ['newest', 'present', /version 1 .* this computer versions 2 to 3\. Install the newer program/],
])('%s lists %s as incompatible, and refuses clearly to ask it', async (one, other, problem) => {
  const daemon = daemonOf(one)
  await sees(daemon, other, 'incompatible')
  const listed = (await computersOf(daemon)).find(({ name }) => name === other)
  expect(listed?.problem).toMatch(problem)
  const { stdout } = await commandLine(daemon.home).run(['computers'])
  expect(stdout).toMatch(new RegExp(`${other}.*incompatible`))
  await expect(daemon.call('session.list', { computer: other })).rejects.toMatchObject({
    code: 'TC_ERR_PROTOCOL',
    message: expect.stringMatching(problem),
  })
  expect((await bus.mailbox(other)).some(({ header }) => header.from === one)).toBe(false)
})

it('works as ever on the one that talks to both sides', async () => {
  const session_id = await daemonOf('newer').session({ computer: 'present', title: 'from newer' })
  expect((await daemonOf('newer').send(session_id, 'echo both')).output).toBe('both\n')
})
