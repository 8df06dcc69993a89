import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { privateMiB } from '../../support/processes.ts'
import { roomForFile, type Watched } from '../../support/telegram-daemon.ts'
import { until } from '../../support/until.ts'

const file = roomForFile()

const notify = (session: Watched, text: string, format: string) =>
  file.daemon.call('session.notify', { session_id: session.id, text, format })

test('files are documents, in their place among the rest, and stay what they are', async () => {
  const session = await file.start('files')
  const picture = join(file.daemon.home, 'picture.png')
  writeFileSync(picture, Buffer.from('89504e470d0a1a0a00', 'hex'))
  await notify(session, 'before', 'text')
  await file.daemon.call('session.sendFile', {
    session_id: session.id,
    path: picture,
    caption: 'look <here>',
  })
  await notify(session, 'after', 'text')
  await session.sees('after')
  const [before, document, after] = session.said.slice(1)
  expect([before?.text, after?.text]).toEqual([
    expect.stringContaining('before'),
    expect.stringContaining('after'),
  ])
  expect(document?.document?.name).toBe('picture.png')
  expect(document?.photo).toBeUndefined()
  expect(document?.text).toMatch(/^💬 .* via test\nlook <here>$/)
})

test.each([
  ['is gone', (path: string) => rmSync(path), /The file .*1.bin is not there any more\.$/],
  [
    'has become too large',
    (path: string) => truncateSync(path, 60e6),
    /The file .* has 60 MB; Telegram takes 50 MB from bots\.$/,
  ],
  ['has become empty', (path: string) => truncateSync(path), /The file .* is empty\.$/],
])('a file that %s when its turn comes is said so', async (what, change, said) => {
  const session = await file.start(`file ${what}`)
  await session.sees('file')
  const path = join(file.daemon.home, '1.bin')
  writeFileSync(path, 'x')
  // Nothing is sent while the network is away, so there is time to change the file.
  await file.room.telegram.stop()
  try {
    await file.daemon.call('session.sendFile', { session_id: session.id, path })
    change(path)
  } finally {
    await file.room.telegram.resume()
  }
  expect((await session.sees('⚠️')).text).toMatch(said)
})

test('far more than is kept is a file with its end, which says how much is missing, and costs the daemon no memory', async () => {
  const session = await file.start('much')
  session.type('seq 1 10')
  await session.sees('exit 0')
  const before = privateMiB(file.daemon.pid)
  let most = before
  session.type('echo the beginning; yes "$(seq -s " " 1 30)" | head -c 40000000; echo; echo the end')
  const result = await until(
    () => {
      most = Math.max(most, privateMiB(file.daemon.pid))
      return session.said.find(({ document }) => document)
    },
    'the result',
    30_000,
  )
  expect(result.text).toMatch(/exit 0.*\nMore than 1\d MB of it are not here\.\n…[\s\S]*\nthe end$/)
  const lines = Buffer.from(result.document?.bytes ?? [])
    .toString()
    .split('\n')
  expect(lines.filter(line => line.startsWith('[…'))).toEqual([
    '[… something is not here …]',
    expect.stringMatching(/^\[… 1\d MB are not here …\]$/),
  ])
  expect(lines.at(-2)).toBe('the end')
  expect(most - before).toBeLessThan(64)
})
