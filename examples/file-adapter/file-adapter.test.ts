import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session } from 'teleclaude'
import { adapterConformance, createTestHost, type FarSide, until } from 'teleclaude/testing'
import { expect, test } from 'vitest'
import { file } from './index.ts'

/** A fresh folder. It dies by being moved away, with a file in its place. */
function openFolder(): FarSide<{ folder: string }> & { fileOf(session: Session): string } {
  const root = mkdtempSync(join(tmpdir(), 'tc-'))
  const folder = join(root, 'sessions')
  const away = join(root, 'away')
  const fileOf = (session: Session) => join(folder, `${session.id}.log`)
  return {
    options: { folder },
    fileOf,
    received: session => readFile(fileOf(session), 'utf8').catch(() => ''),
    async die() {
      await rename(folder, away).catch(() => {})
      await writeFile(folder, 'not a folder')
    },
    async heal() {
      if ((await stat(folder).catch(() => null))?.isDirectory()) return
      rmSync(folder, { force: true })
      await rename(away, folder).catch(() => {})
    },
    async [Symbol.asyncDispose]() {
      rmSync(root, { recursive: true })
    },
  }
}

adapterConformance({ test, plugin: file, openFarSide: async () => openFolder() })

async function setting() {
  const folder = openFolder()
  const host = await createTestHost({ plugins: [file(folder.options)] })
  return {
    ...folder,
    host,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

test('a session becomes a file of clean text', async () => {
  await using at = await setting()
  const session = await at.host.startSession()
  await at.host.print(session, '\x1b[32mgreen\x1b[0m\r\n')
  await until(async () => (await at.received(session)) === 'green\n', 'the file')
})

test('the file says where it is', async () => {
  await using at = await setting()
  const session = await at.host.startSession()
  await until(() => at.host.sessions.get(session.id).adapterMetadata.file, 'the channel')
  expect(at.host.sessions.get(session.id).adapterMetadata.file).toEqual({ path: at.fileOf(session) })
})

test('nobody else can read it', async () => {
  await using at = await setting()
  const session = await at.host.startSession()
  await at.host.print(session, 'secret\r\n')
  await until(() => at.received(session), 'the file')
  expect((await stat(at.fileOf(session))).mode & 0o777).toBe(0o600)
  expect((await stat(at.options.folder)).mode & 0o777).toBe(0o700)
})

test('what an interrupted write left behind is replaced, not repeated', async () => {
  await using at = await setting()
  const session = await at.host.startSession()
  await at.host.print(session, 'one\r\n')
  await until(async () => (await at.received(session)) === 'one\n', 'the first line')
  await at.host.stop()
  await writeFile(at.fileOf(session), 'one\ntw') // as if the daemon had been killed in the middle of 'two'
  await at.host.start()
  await at.host.print(session, 'two\r\n')
  await until(async () => (await at.received(session)).includes('two'), 'the second line')
  expect(await at.received(session)).toBe('one\ntwo\n')
})

test('a batch that comes again is not written again', async () => {
  await using at = await setting()
  const session = await at.host.startSession()
  await at.host.print(session, 'one\r\n')
  await until(async () => (await at.received(session)) === 'one\n', 'the first line')
  const { createFileAdapter } = await import('./file-adapter.ts')
  const adapter = createFileAdapter(at.options.folder)
  const progress = JSON.parse(await readFile(`${at.fileOf(session)}.progress`, 'utf8'))
  const entry = (seq: number, line: string) =>
    ({ kind: 'output', data: Buffer.from(line), seq, at: 0 }) as const
  const entries = [entry(progress.seq, 'one\r\n'), entry(progress.seq + 1, 'two\r\n')]
  const batch = { epoch: progress.epoch, fromSeq: progress.seq, toSeq: progress.seq + 1, entries, text: '' }
  const { signal } = new AbortController()
  await adapter.sendMessage(session, batch, signal)
  await adapter.sendMessage(session, batch, signal)
  expect(await at.received(session)).toBe('one\ntwo\n')
})

test('without options it writes into its own folder in the state folder', async () => {
  await using host = await createTestHost({ plugins: [file()] })
  const session = await host.startSession()
  await host.print(session, 'hello\r\n')
  const path = join(host.stateDir, 'file', 'sessions', `${session.id}.log`)
  await until(async () => (await readFile(path, 'utf8').catch(() => '')) === 'hello\n', 'the file')
})

test('a folder that is not an absolute path is refused', async () => {
  await expect(createTestHost({ plugins: [file({ folder: 'here' })] })).rejects.toMatchObject({
    code: 'TC_ERR_CONFIG_INVALID',
    message: expect.stringContaining('absolute'),
  })
})
