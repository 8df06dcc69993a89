import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { WireEntry } from '../../core/journal/entry.ts'
import type { WatchItem } from '../../core/operations/session-watch.ts'
import { TestDaemon } from '../support/daemon.ts'

const daemon = TestDaemon.forFile()

const sendFile = (session_id: string, path: string, caption?: string) =>
  daemon.call('session.sendFile', { session_id, path, ...(caption && { caption }) })

async function notices(session_id: string): Promise<readonly WireEntry[]> {
  const found: WireEntry[] = []
  const onItem = (item: unknown) => {
    const { entries } = item as WatchItem // What the operation emits.
    found.push(...entries.filter(entry => entry.kind === 'notice'))
  }
  await daemon.call('session.watch', { session_id, follow: false }, { onItem })
  return found
}

describe('a file of the session’s computer', () => {
  test('is told of in the session, relative to where the session is', async () => {
    const id = await daemon.session()
    mkdirSync(join(daemon.home, 'papers'))
    writeFileSync(join(daemon.home, 'papers', 'report.txt'), 'all is well')
    await daemon.send(id, 'cd papers')
    expect(await sendFile(id, 'report.txt', 'as you asked')).toMatchObject({ name: 'report.txt', bytes: 11 })
    expect(await sendFile(id, '~/papers/report.txt')).toMatchObject({ name: 'report.txt' })
    expect(await notices(id)).toMatchObject([
      { text: 'as you asked', file: { path: `${daemon.home}/papers/report.txt`, bytes: 11 } },
      { text: '', file: { name: 'report.txt' } },
    ])
  })

  test.each([
    ['that is not there', 'none.txt', /ENOENT/],
    ['that is a folder', '/tmp', /not a file/],
    ['that would never end', '/dev/zero', /not a file/],
  ])('%s is refused', async (_, path, why) => {
    const id = await daemon.session()
    await expect(sendFile(id, path)).rejects.toMatchObject({
      code: 'TC_ERR_FILE',
      message: expect.stringMatching(why),
    })
  })
})
