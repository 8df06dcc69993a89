import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { TestDaemon } from '../../support/daemon.ts'

/** A daemon with one session that has printed, stopped. */
async function stopped(): Promise<{ daemon: TestDaemon; id: string; cursor: string; file: string }> {
  const daemon = await TestDaemon.inTest()
  const id = await daemon.session()
  await daemon.send(id, 'echo first')
  const { cursor } = await daemon.readAll(id)
  await daemon.kill('SIGTERM')
  return { daemon, id, cursor, file: join(daemon.stateDir, 'teleclaude.db') }
}

test('a damaged database: the daemon refuses to start, says what to do, and leaves the file as it is', async () => {
  const { daemon, file } = await stopped()
  const bytes = readFileSync(file)
  bytes.fill(0x5a, 4096, 12_288)
  writeFileSync(file, bytes)
  const { code, printed } = await daemon.startToEnd()
  expect(code).not.toBe(0)
  expect(printed).toContain('TC_ERR_STORE_CORRUPT')
  expect(printed).toContain(file)
  expect(readFileSync(file).equals(bytes)).toBe(true)
})

test('what is no database at all is refused as well', async () => {
  const { daemon, file } = await stopped()
  writeFileSync(file, 'this is no database '.repeat(500))
  const { code, printed } = await daemon.startToEnd()
  expect([code, printed]).toEqual([expect.any(Number), expect.stringContaining('TC_ERR_STORE_CORRUPT')])
  expect(code).not.toBe(0)
  expect(readFileSync(file, 'utf8')).toMatch(/^this is no database/)
})

test('a database of a newer version: refused, with what to do, and not touched', async () => {
  const { daemon, file } = await stopped()
  const db = new Database(file)
  expect(db.prepare('UPDATE schema_versions SET version = version + 100').run().changes).toBeGreaterThan(0)
  db.close()
  const before = readFileSync(file)
  const { code, printed } = await daemon.startToEnd()
  expect(code).not.toBe(0)
  expect(printed).toContain('TC_ERR_STORE_NEWER')
  expect(printed).toMatch(/newer/)
  expect(readFileSync(file).length).toBe(before.length)
})

test('an older copy put back: cursors of the time since are answered with a gap, and sessions go on', async () => {
  const { daemon, id, cursor } = await stopped()
  const copy = join(daemon.home, 'copy')
  cpSync(daemon.stateDir, copy, { recursive: true, filter: path => !path.endsWith('.sock') })
  await daemon.start()
  await daemon.send(id, 'echo second')
  const since = await daemon.readAll(id)
  expect(since.output).toContain('second\n')
  await daemon.kill('SIGTERM')

  for (const name of readdirSync(daemon.stateDir).filter(name => /^teleclaude\.db(-wal|-shm)?$/.test(name))) {
    rmSync(join(daemon.stateDir, name))
  }
  for (const name of readdirSync(copy).filter(name => /^teleclaude\.db(-wal|-shm)?$/.test(name))) {
    cpSync(join(copy, name), join(daemon.stateDir, name))
  }
  await daemon.start()
  for (const old of [cursor, since.cursor]) {
    const reading = await daemon.readAll(id, { since: old })
    expect(reading.gaps).toContainEqual(expect.objectContaining({ reason: 'epoch' }))
    expect(reading.output).toContain('first\n')
    expect(reading.cursor.split('.')[0]).not.toBe(old.split('.')[0])
  }
  const { gaps } = await daemon.readAll(id)
  expect(gaps, 'what was printed since the copy').toContainEqual(
    expect.objectContaining({ reason: 'the journal is older than the terminal' }),
  )
  expect(await daemon.send(id, 'echo third')).toMatchObject({ output: 'third\n', completed_by: 'mark' })
})
