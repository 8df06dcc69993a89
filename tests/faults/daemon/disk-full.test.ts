import { expect, onTestFinished, test } from 'vitest'
import { TestDaemon } from '../../support/daemon.ts'
import { mayMountDisk, mountSmallDisk } from '../../support/small-disk.ts'
import { until } from '../../support/until.ts'

/** Without a disk of their own the journal's tests still fill a database that SQLite bounds. */
const onDisk = test.skipIf(!mayMountDisk())

const MIB = 2 ** 20
const LINES = 500_000

onDisk(
  'a full disk pauses a session that prints; with room again it goes on, and nothing is lost',
  async () => {
    const disk = mountSmallDisk(40)
    const daemon = await TestDaemon.inTest({ stateDir: `${disk.path}/s` })
    const id = await daemon.session()
    const other = await daemon.session()
    const unmarked = await daemon.session({ command: ['cat'] })
    disk.fill(MIB)
    await daemon.input(id, `seq -f "n %.0f" 1 ${LINES}`)
    const { stalled } = await until(async () => {
      const { journal } = await daemon.status()
      return journal.stalled ? { stalled: journal.stalled } : null
    }, 'a stalled journal')
    expect(stalled).toMatch(/no room|full/)

    const partly = await numbersIn(daemon, id)
    expect(partly.length).toBeLessThan(LINES)
    expect((await daemon.get(id)).state).toBe('busy')
    expect(await daemon.status()).toMatchObject({ ready: true, sessions: { live: 3 } })
    const unseen = await daemon.send(unmarked, 'echoed', { quiet_ms: 100, wait_ms: 1000 })
    expect(unseen).toMatchObject({ output: '', complete: false, completed_by: 'timeout', problem: stalled })
    const waiting = daemon.send(other, 'echo other')

    disk.makeRoom()
    await until(async () => (await daemon.get(id)).state === 'ready', 'the prompt', 20_000)
    expect((await daemon.status()).journal.stalled).toBe(null)
    const all = await numbersIn(daemon, id)
    expect(all.findIndex((number, index) => number !== index + 1)).toBe(-1)
    expect(all.length).toBe(LINES)
    expect(await waiting).toMatchObject({ output: 'other\n', completed_by: 'mark' })
    expect((await daemon.read(unmarked, { since: unseen.cursor })).output).toBe('echoed\nechoed\n')
  },
)

onDisk('a daemon that is stopped while the disk is full takes up everything when there is room', async () => {
  const disk = mountSmallDisk(40)
  const daemon = await TestDaemon.inTest({ stateDir: `${disk.path}/s` })
  const id = await daemon.session()
  disk.fill(MIB)
  await daemon.input(id, `seq -f "n %.0f" 1 ${LINES}`)
  await until(async () => (await daemon.status()).journal.stalled, 'a stalled journal')
  expect(await daemon.kill('SIGTERM')).toBe(0)
  disk.makeRoom()
  await daemon.start()
  await until(async () => (await daemon.get(id)).state === 'ready', 'the prompt', 20_000)
  const all = await numbersIn(daemon, id)
  expect(all.findIndex((number, index) => number !== index + 1)).toBe(-1)
  expect(all.length).toBe(LINES)
})

onDisk('a daemon on a full disk says so, and what to do', async () => {
  const disk = mountSmallDisk(1)
  disk.fill(0)
  const daemon = new TestDaemon({ stateDir: `${disk.path}/s` })
  onTestFinished(() => daemon.end())
  const { code, printed } = await daemon.startToEnd()
  expect(code).toBe(1)
  expect(printed).toMatch(/no room left .*Make room .*\(TC_ERR_DISK_FULL\)/)
})

async function numbersIn(daemon: TestDaemon, id: string): Promise<number[]> {
  const { output, gaps } = await daemon.readAll(id)
  expect(gaps).toEqual([])
  return [...output.matchAll(/^n (\d+)$/gm)].map(([, number]) => Number(number))
}
