import { expect, test } from 'vitest'
import { type ScriptedCore, scriptedCore, user } from '../../support/scripted-core.ts'
import { mayMountDisk, mountSmallDisk, type SmallDisk } from '../../support/small-disk.ts'
import { until } from '../../support/until.ts'

/** Without a disk of their own the journal's tests still fill a database that SQLite bounds. */
const onDisk = test.skipIf(!mayMountDisk())

const author = { principal: user, surface: 'test' }

function onSmallDisk(): { disk: SmallDisk; core: ScriptedCore } {
  const disk = mountSmallDisk(4)
  return { disk, core: scriptedCore(disk.path) }
}

const stall = ({ journal }: ScriptedCore) => until(() => journal.stalled !== null, 'a stalled journal')

onDisk('Ctrl-C reaches the program while a new size and a new title cannot be recorded', async () => {
  const { disk, core } = onSmallDisk()
  const { id } = await core.start()
  disk.fill(0)
  const resized = core.core.sessions.resize(id, 100, 30)
  const renamed = core.core.sessions.rename(id, { title: 'new' })
  await stall(core)
  await core.core.sessions.input(id, { type: 'keys', keys: ['ctrl-c'] }, author)
  expect(core.typed).toEqual([{ type: 'keys', keys: ['ctrl-c'] }])
  disk.makeRoom()
  await core.clock.advance(1000)
  expect((await renamed).title).toBe('new')
  expect((await resized).terminal).toMatchObject({ cols: 100, rows: 30 })
})

onDisk(
  'a session whose end cannot be recorded is told so when the daemon closes, and nothing else breaks',
  async () => {
    const { disk, core } = onSmallDisk()
    const { id } = await core.start()
    disk.fill(0)
    const closing = core.core.sessions.close(id, 'no longer needed')
    closing.catch(() => {})
    await stall(core)
    core.stop()
    await expect(closing).rejects.toMatchObject({ code: 'TC_ERR_STORE' })
  },
)

onDisk('what ended long ago stays while the disk is full, and goes with a later sweep', async () => {
  const { disk, core } = onSmallDisk()
  const session = await core.start()
  await core.exit(session, 0)
  await core.clock.advance(1000)
  disk.fill(0)
  core.core.sweep({ runMs: 0, closedMs: 0 })
  expect(core.core.sessions.list()).toHaveLength(1)
  disk.makeRoom()
  core.core.sweep({ runMs: 0, closedMs: 0 })
  expect(core.core.sessions.list()).toEqual([])
})
