import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadConfig } from '../../../core/config/load-config.ts'
import { type Daemon, startDaemon } from '../../../core/daemon.ts'
import { PROTOCOL, type ProtocolRange } from '../../../core/mesh/messages.ts'
import { openStateDir } from '../../../core/state-dir.ts'
import { Bus } from '../../support/bus.ts'
import { commandLine } from '../../support/command-line.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { computersOf, meshDaemon, sees, TestMesh } from '../../support/mesh.ts'

/** Daemons of this program that are told which versions to speak. */
const { min, max } = PROTOCOL
const RANGES: Readonly<Record<string, ProtocolRange>> = {
  first: { min: 1, max: 1 },
  newer: { min, max: max + 1 },
  newest: { min: max + 1, max: max + 2 },
}

const plugins = ['terminal', 'registry', ['files', { roots: ['/tmp'], minFreeBytes: 0 }]]
const mesh = TestMesh.forFile(['present'], { plugins })
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
    const daemon = meshDaemon(name, mesh().redis.url, { plugins: plugins.slice(1) })
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
  ['present', 'first', 1],
  ['first', 'present', 1],
  ['present', 'newer', max],
  ['newer', 'present', max],
  ['newer', 'newest', max + 1],
  ['newest', 'newer', max + 1],
])('%s and %s talk in the newest version that both speak: %i', async (one, other, version) => {
  await sees(daemonOf(one), other)
  expect(await daemonOf(one).call('session.list', { computer: other })).toEqual({ sessions: [] })
  expect(await versionFor(other)).toBe(version)
})

const theirs = `versions ${max + 1} to ${max + 2}`
const ours = `versions ${min} to ${max}`

it.each([
  ['present', 'newest', new RegExp(`${theirs} .* this computer ${ours}\\. Install the newer program`)],
  ['newest', 'present', new RegExp(`${ours} .* this computer ${theirs}\\. Install the newer program`)],
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

it.each([
  ['present', 'first'],
  ['first', 'present'],
  ['present', 'newer'],
])('%s gives bytes to %s and gets them, in whichever version', async (one, other) => {
  const [here, there] = [daemonOf(one), daemonOf(other)]
  await sees(here, other)
  const content = Buffer.from([0, 255, 10, 1])
  const path = join(there.home, `from-${one}`)
  const copy = { computer: other, path, transfer: 'a'.repeat(32) }
  await here.call('files.begin', { ...copy, bytes: content.length, mode: 0o600 })
  await here.call('files.write', { ...copy, offset: 0, data: content })
  expect(readFileSync(join(there.home, `.${copy.transfer}.teleclaude-part`))).toEqual(content)
  writeFileSync(path, content)
  const piece = { computer: other, path, offset: 0, max_bytes: 100 }
  expect(await here.call('files.read', piece, { takesBytes: true })).toEqual({ data: content })
})

it('works as ever on the one that talks to both sides', async () => {
  const session_id = await daemonOf('newer').session({ computer: 'present', title: 'from newer' })
  expect((await daemonOf('newer').send(session_id, 'echo both')).output).toBe('both\n')
})
