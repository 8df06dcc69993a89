import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ConfiguredPlugin, type Hooks, PROTOCOL } from '../../../core/index.ts'
import { createTestHost, FakeClock, type TestHostOptions } from '../../../core/testing/index.ts'
import { VERSION } from '../../../core/version.ts'
import { registry } from '../../../plugins/registry/index.ts'

interface Computers {
  readonly computers: readonly { readonly sessions: { readonly running: number } }[]
}

interface Projects {
  readonly computer: string
  readonly projects: readonly { readonly name: string; readonly exists: boolean }[]
  readonly digest: string
}

const hostWith = (options: TestHostOptions = {}) =>
  createTestHost({ ...options, plugins: [registry(), ...(options.plugins ?? [])] })

function tempFolder() {
  const path = mkdtempSync(join(tmpdir(), 'tc-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('this computer is listed, online, with its load', async () => {
  const clock = new FakeClock()
  await using host = await hostWith({ clock, config: { computer: { name: 'workstation' } } })
  expect(await host.call('computers.list', {})).toEqual({
    computers: [
      {
        name: 'workstation',
        status: 'online',
        self: true,
        problem: null,
        version: VERSION,
        protocol: PROTOCOL,
        platform: process.platform,
        capabilities: { kinds: ['shell'], shells: [], agents: [] },
        load: {
          cpu_1m: expect.any(Number),
          cores: cpus().length,
          memory_total: totalmem(),
          memory_free: expect.any(Number),
        },
        sessions: { running: 0 },
        clock_skew_ms: 0,
        last_seen: clock.now(),
      },
    ],
  })
})

test('only sessions that run are counted', async () => {
  await using host = await hostWith()
  const running = async () =>
    (await host.call<Computers>('computers.list', {})).computers[0]?.sessions.running
  const [first] = [await host.startSession(), await host.startSession()]
  expect(await running()).toBe(2)
  await host.exit(first)
  expect(await running()).toBe(1)
})

test('projects are listed as configured, and say whether their folder is there', async () => {
  using folder = tempFolder()
  const projects = [
    { name: 'here', path: folder.path, description: 'the one' },
    { name: 'gone', path: join(folder.path, 'gone'), description: '' },
  ]
  const clock = new FakeClock()
  await using host = await hostWith({ clock, config: { computer: { name: 'workstation' }, projects } })
  expect(await host.call('projects.list', {})).toEqual({
    computer: 'workstation',
    projects: [
      { ...projects[0], exists: true },
      { ...projects[1], exists: false },
    ],
    digest: expect.stringMatching(/^[0-9a-f]{16}$/),
    fetched_at: clock.now(),
    stale: false,
  })
})

test('the digest stays while nothing changes, and changes when a folder goes', async () => {
  using folder = tempFolder()
  const path = join(folder.path, 'project')
  mkdirSync(path)
  await using host = await hostWith({ config: { projects: [{ name: 'p', path }] } })
  const digest = async () => (await host.call<Projects>('projects.list', {})).digest
  const before = await digest()
  expect(await digest()).toBe(before)
  rmdirSync(path)
  expect(await digest()).not.toBe(before)
})

test("another computer's projects need a transport, and this one's name is as good as none", async () => {
  await using host = await hostWith()
  expect(await host.call('projects.list', { computer: 'testhost' })).toMatchObject({ computer: 'testhost' })
  await expect(host.call('projects.list', { computer: 'elsewhere' })).rejects.toMatchObject({
    code: 'TC_ERR_NO_TRANSPORT',
  })
})

test('a heartbeat carries load, sessions and the digest of the projects', async () => {
  const { plugin, beat } = tapped()
  await using host = await createTestHost({ plugins: [plugin] })
  await host.startSession()
  expect(await beat()).toEqual({
    load: expect.objectContaining({ cores: cpus().length }),
    sessions: { running: 1 },
    platform: process.platform,
    capabilities: { kinds: ['shell'], shells: [], agents: [] },
    projects_digest: (await host.call<Projects>('projects.list', {})).digest,
  })
})

test('what other computers ask for is the list without how old it is, and no tool', async () => {
  await using host = await hostWith()
  const { fetched_at, stale, ...list } = await host.call<Projects & Record<string, unknown>>(
    'projects.list',
    {},
  )
  expect(await host.call('projects.describe', {})).toEqual(list)
  const describe = registry.definition.operations?.find(({ name }) => name === 'projects.describe')
  expect(describe).toMatchObject({ at: 'owner', mcp: false, cli: false, scope: 'computers:read' })
})

test('an unknown option is refused', async () => {
  // The factory's type refuses it too; a JSON configuration has no types.
  const wrong = { ...registry(), options: { nope: 1 } }
  await expect(createTestHost({ plugins: [wrong] })).rejects.toMatchObject({ code: 'TC_ERR_CONFIG_INVALID' })
})

/** The plugin as it is, and a way to have it asked for its facts. */
function tapped() {
  let tap: Parameters<Hooks['onHeartbeat']>[0] | undefined
  const { definition, options } = registry()
  const plugin: ConfiguredPlugin = {
    options,
    definition: {
      ...definition,
      setup(ctx, parsed) {
        const onHeartbeat: Hooks['onHeartbeat'] = fn => {
          tap = fn
        }
        return definition.setup({ ...ctx, hooks: { ...ctx.hooks, onHeartbeat } }, parsed)
      },
    },
  }
  const beat = async () => {
    const facts = {}
    await tap?.({ computer: 'testhost', at: 0, facts })
    return facts
  }
  return { plugin, beat }
}
