import { expect, test } from 'vitest'
import type { Collected } from '../../../core/operations/collect/collect-output.ts'
import { end, PROMPT, type ScriptedCore, START, scriptedCore } from '../../support/scripted-core.ts'
import { mayMountDisk, mountSmallDisk, type SmallDisk } from '../../support/small-disk.ts'
import { until } from '../../support/until.ts'

/** Without a disk of their own the journal's tests still fill a database that SQLite bounds. */
const onDisk = test.skipIf(!mayMountDisk())

interface Sent {
  readonly id: string
  readonly sent: Promise<Collected>
  readonly isSettled: () => boolean
}

function onSmallDisk(): { disk: SmallDisk; core: ScriptedCore } {
  const disk = mountSmallDisk(4)
  return { disk, core: scriptedCore(disk.path) }
}

/** Sends; settles when it was typed and the journal has no room for that. */
async function sendToStall(core: ScriptedCore, { id }: { id: string }, options: object): Promise<Sent> {
  let isSettled = false
  const sent = core.call<Collected>('session.send', { session_id: id, message: '6 * 7', ...options })
  const settled = () => {
    isSettled = true
  }
  sent.then(settled, settled)
  await until(() => core.typed.length > 0 && core.journal.stalled !== null, 'a stalled journal')
  return { id, sent, isSettled: () => isSettled }
}

onDisk('silence that is a full disk completes nothing; the wait runs out and says why', async () => {
  const { disk, core } = onSmallDisk()
  core.atPrompt = false
  const session = await core.start()
  disk.fill(0)
  const { sent, isSettled } = await sendToStall(core, session, { quiet_ms: 500, wait_ms: 8000 })
  const printed = core.print(session, '6 * 7\r\n42\r\n')
  await core.clock.advance(7000)
  expect(isSettled()).toBe(false)
  await core.clock.advance(1000)
  const result = await sent
  expect(result).toMatchObject({ output: '', complete: false, completed_by: 'timeout' })
  expect(result.problem).toMatch(/no room left/)
  disk.makeRoom()
  await core.clock.advance(1000)
  await printed
  const read = await core.call('session.read', { session_id: session.id, since: result.cursor })
  expect(read).toMatchObject({ output: '6 * 7\n42\n' })
})

onDisk('with room again the silence is counted anew, from what comes', async () => {
  const { disk, core } = onSmallDisk()
  core.atPrompt = false
  const session = await core.start()
  disk.fill(0)
  const { sent } = await sendToStall(core, session, { quiet_ms: 500 })
  const printed = core.print(session, '6 * 7\r\n42\r\n')
  await core.clock.advance(3000)
  disk.makeRoom()
  await core.clock.advance(1000)
  await printed
  await core.clock.advance(1000)
  const result = await sent
  expect(result).toMatchObject({ output: '42\n', complete: true, completed_by: 'quiet' })
  expect(result).not.toHaveProperty('problem')
})

onDisk('while the disk is full a reader is not told that nothing runs', async () => {
  const { disk, core } = onSmallDisk()
  const session = await core.start()
  await core.print(session, START, end(0), PROMPT)
  const complete = () => core.call('session.read', { session_id: session.id })
  expect(await complete()).toMatchObject({ complete: true })
  disk.fill(0)
  const { sent } = await sendToStall(core, session, { wait_ms: 1000 })
  expect(await complete()).toMatchObject({ complete: false })
  await core.clock.advance(1000)
  expect(await sent).toMatchObject({ complete: false, problem: expect.stringMatching(/no room left/) })
})
