import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { TestDaemon } from '../../support/daemon.ts'
import { until } from '../../support/until.ts'

const TYPES = ['well', 'throws', 'hangs', 'slow']
const LINES = 3000

interface Batch {
  readonly session: string
  readonly fromSeq: number
  readonly toSeq: number
  readonly text: string
}

async function daemonWithBrokenAdapters(): Promise<TestDaemon> {
  const daemon = new TestDaemon({ files: { '.bashrc': "PS1='$ '", broken: '' } })
  const folder = daemon.home
  daemon.configure({
    plugins: ['terminal', [resolve(import.meta.dirname, 'broken-adapters.ts'), { folder }]],
  })
  await daemon.startInTest()
  return daemon
}

function batches(daemon: TestDaemon, type: string): Batch[] {
  const file = join(daemon.home, `${type}.ndjson`)
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap(line => (line ? [JSON.parse(line) as Batch] : []))
}

/** The lines in the order in which they came, less what was sent again. @throws if a batch does not follow on the one before */
function linesOf(daemon: TestDaemon, type: string): string[] {
  let seq = 0
  let text = ''
  for (const batch of batches(daemon, type)) {
    if (batch.toSeq <= seq) continue
    expect(batch.fromSeq, `${type} after ${seq}`).toBe(seq + 1)
    seq = batch.toSeq
    text += batch.text
  }
  return text.split('\n').filter(line => /^line \d+$/.test(line))
}

const LINES_PRINTED = Array.from({ length: LINES }, (_, index) => `line ${index + 1}`)
/** In pieces, so that a slow far side has many batches to fall behind with. */
const PRINT = `for ((i = 1; i <= ${LINES}; i++)); do echo "line $i"; done`

test('one that throws, one that hangs and one that is slow: the session and the fourth notice nothing; after a restart each goes on from its cursor', async () => {
  const daemon = await daemonWithBrokenAdapters()
  const id = await daemon.session()
  expect((await daemon.get(id)).adapterTypes).toEqual(TYPES)
  expect(await daemon.send(id, PRINT, { max_bytes: 262_144 })).toMatchObject({
    output: LINES_PRINTED.map(line => `${line}\n`).join(''),
    completed_by: 'mark',
  })
  expect(await daemon.send(id, 'echo quick')).toMatchObject({ output: 'quick\n' })
  await until(() => linesOf(daemon, 'well').length === LINES, 'everything at the healthy one')
  expect(batches(daemon, 'throws')).toEqual([])
  expect(batches(daemon, 'hangs')).toEqual([])
  const behind = async () =>
    Object.fromEntries((await daemon.status()).channels.map(channel => [channel.adapter, channel]))
  await until(async () => (await behind()).well?.behind === 0, 'the healthy one to be done')
  expect((await behind()).throws).toMatchObject({
    state: 'retrying',
    error: expect.stringContaining('on fire'),
  })
  expect((await behind()).hangs).toMatchObject({ state: 'sending', sentSeq: 0 })

  rmSync(join(daemon.home, 'broken'))
  await daemon.kill('SIGTERM')
  await daemon.start()
  await daemon.send(id, 'echo "line 3001"')
  for (const type of TYPES)
    await until(() => linesOf(daemon, type).length === LINES + 1, `everything at ${type}`)
  for (const type of TYPES) expect(linesOf(daemon, type)).toEqual([...LINES_PRINTED, 'line 3001'])
  for (const channel of (await daemon.status()).channels) expect(channel).toMatchObject({ error: null })
})

test('one that hangs does not keep the daemon from closing, nor does a kill -9 make any of them lose a line', async () => {
  const daemon = await daemonWithBrokenAdapters()
  const id = await daemon.session()
  await daemon.input(id, PRINT)
  await until(() => batches(daemon, 'slow').length > 1, 'two batches at the slow one')
  await daemon.restart('SIGKILL')
  await until(async () => (await daemon.get(id)).state === 'ready', 'the prompt')
  rmSync(join(daemon.home, 'broken'))
  await daemon.restart('SIGTERM')
  for (const type of TYPES) await until(() => linesOf(daemon, type).length === LINES, `everything at ${type}`)
  for (const type of TYPES) expect(linesOf(daemon, type)).toEqual(LINES_PRINTED)
})
