import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { commandLine, type Running } from '../../support/command-line.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { TestMesh } from '../../support/mesh.ts'
import { mayMountDisk, mountSmallDisk } from '../../support/small-disk.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'

/** Where no disk can be mounted, these are named as not run. */
const onDisk = test.skipIf(!mayMountDisk())
const PIECES = 24
const content = randomBytes(PIECES * 262_144)

interface Scene {
  readonly macbook: TestDaemon
  readonly workstation: TestDaemon
  /** Between the workstation and Redis. */
  readonly network: TcpProxy
  readonly here: string
  readonly there: string
  cp(from?: string, to?: string): Running
  /** What of the file stands in the folder that it goes to. */
  part(): string | undefined
}

/** A file on its way, and the network of the other computer in the test's hands. */
async function scene(root?: string, minFreeBytes = 0): Promise<Scene> {
  const mesh = await TestMesh.start(['macbook'], { plugins: ['terminal', 'registry', 'files'] })
  onTestFinished(() => mesh[Symbol.asyncDispose]())
  const network = await startTcpProxy({ to: mesh.redis.port })
  onTestFinished(() => network[Symbol.asyncDispose]())
  const workstation = await mesh.join('workstation', {
    url: mesh.redis.url.replace(/:\d+(?=\/|$)/, `:${network.port}`),
    plugins: ['terminal', 'registry', ['files', root ? { roots: [root], minFreeBytes } : {}]],
  })
  await mesh.acquainted()
  const macbook = mesh.daemon('macbook')
  const here = join(macbook.home, 'big')
  writeFileSync(here, content)
  const folder = root ?? workstation.home
  const there = join(folder, 'big')
  const env = { TELECLAUDE_CONFIG: macbook.env.TELECLAUDE_CONFIG ?? '' }
  return {
    ...{ macbook, workstation, network, here, there },
    cp: (from = here, to = `workstation:${there}`) =>
      commandLine(macbook.home).start(['cp', from, to], { env }),
    part: () => readdirSync(folder).find(name => name.endsWith('-part')),
  }
}

/** Settles when a part of the file has come, and nothing more does. */
async function cutInTheMiddle({ network, part, there }: Scene): Promise<string> {
  const size = () => (part() ? statSync(join(there, '..', part() ?? '')).size : 0)
  // Far away, so that there is a middle.
  network.setDelay(25)
  await until(() => size() > 0, 'the first pieces')
  network.freeze()
  expect(size()).toBeLessThan(content.length)
  return join(there, '..', part() ?? '')
}

/** How many requests of others it has done. */
const served = async (daemon: TestDaemon) =>
  (await daemon.call<{ mesh: { counts: { served_served: number } } }>('daemon.status')).mesh.counts
    .served_served
/** Besides the pieces: what the destination is, to begin, and to finish. */
const REQUESTS_AROUND = 3

test('a copy that was interrupted leaves nothing in its place, and goes on where it was', async () => {
  const scene_ = await scene()
  const { cp, there, network, part, workstation } = scene_
  const first = cp()
  const partPath = await cutInTheMiddle(scene_)
  first.child.kill('SIGINT')
  const { code, stderr } = await first.ended
  expect([code, stderr]).toEqual([130, 'Not finished. The same command goes on where it was.\n'])
  expect(existsSync(there)).toBe(false)
  network.unfreeze()
  network.setDelay(0)
  const before = statSync(partPath).size
  const asked = await served(workstation)
  expect((await cp().ended).code).toBe(0)
  expect(readFileSync(there).equals(content)).toBe(true)
  expect(part()).toBeUndefined()
  const pieces = PIECES - Math.floor(before / 262_144)
  expect((await served(workstation)) - asked).toBeLessThanOrEqual(pieces + REQUESTS_AROUND)
  // One for each of the two copies, however many pieces they had.
  const lines = readFileSync(join(workstation.stateDir, 'audit.log'), 'utf8').match(/"files\.write"/g)
  expect(lines?.length).toBe(1)
})

test('a copy outlives the daemon that receives it, and a lost network', async () => {
  const scene_ = await scene()
  const { cp, there, network, workstation } = scene_
  const running = cp()
  await cutInTheMiddle(scene_)
  await workstation.kill('SIGKILL')
  network.cutAll()
  network.unfreeze()
  network.setDelay(0)
  await workstation.start()
  expect((await running.ended).code).toBe(0)
  expect(readFileSync(there).equals(content)).toBe(true)
})

test('a file that changes while it is copied is not put in its place', async () => {
  const scene_ = await scene()
  const { cp, there, here, network, part } = scene_
  const running = cp()
  await cutInTheMiddle(scene_)
  appendFileSync(here, 'more')
  network.unfreeze()
  expect((await running.ended).stderr).toMatch(/changed while it was being copied/)
  expect(existsSync(there)).toBe(false)
  expect(part()).toBeUndefined()
})

test('what is not what was sent is not put in its place, and comes whole with the next try', async () => {
  const scene_ = await scene()
  const { cp, there, network } = scene_
  const first = cp()
  const partPath = await cutInTheMiddle(scene_)
  first.child.kill('SIGINT')
  await first.ended
  network.unfreeze()
  network.setDelay(0)
  writeFileSync(partPath, Buffer.alloc(262_144))
  expect((await cp().ended).stderr).toMatch(/not what was sent/)
  expect(existsSync(there)).toBe(false)
  expect((await cp().ended).code).toBe(0)
  expect(readFileSync(there).equals(content)).toBe(true)
})

onDisk('a disk without room for it is told before anything is sent', async () => {
  const disk = mountSmallDisk(2)
  const { cp, part } = await scene(disk.path)
  expect((await cp().ended).stderr).toMatch(/no room.*TC_ERR_DISK_FULL/s)
  expect(part()).toBeUndefined()
})

onDisk('what is to stay free of a disk is not filled', async () => {
  const disk = mountSmallDisk(16)
  const { cp, part } = await scene(disk.path, 12 * 2 ** 20)
  expect((await cp().ended).stderr).toMatch(/leaves 12582912 bytes.*minFreeBytes.*TC_ERR_DISK_FULL/s)
  expect(part()).toBeUndefined()
})

onDisk('where the file system does not say how much room there is, a file is taken', async () => {
  const disk = mountSmallDisk(0) // without a limit, of which statfs says that there are no blocks
  const { cp, there } = await scene(disk.path)
  expect(await cp().ended).toMatchObject({ code: 0 })
  expect(readFileSync(there).equals(content)).toBe(true)
})

onDisk('a disk that fills up meanwhile gets its room back, and keeps what was there', async () => {
  const disk = mountSmallDisk(16)
  const scene_ = await scene(disk.path)
  const { cp, part, there, network } = scene_
  writeFileSync(there, 'the old one')
  const running = cp()
  await cutInTheMiddle(scene_)
  // What had come before may still be written: full it is either way.
  try {
    disk.fill(100_000)
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' })
  }
  network.unfreeze()
  expect((await running.ended).stderr).toMatch(/TC_ERR_DISK_FULL/)
  expect(part()).toBeUndefined()
  expect(readFileSync(there, 'utf8')).toBe('the old one')
})
