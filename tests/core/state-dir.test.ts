import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStateDir } from '../../core/state-dir.ts'
import { startHolder } from '../support/lock-holder.ts'
import { tempDir } from '../support/temp-dir.ts'

const open = (path: string) => openStateDir({ env: { TELECLAUDE_STATE_DIR: path } })
const refusal = (message: RegExp) =>
  expect.objectContaining({ code: 'TC_ERR_STATE_DIR', message: expect.stringMatching(message) })
const isRoot = process.getuid?.() === 0

describe('the state folder', () => {
  it('is where the environment says, else where the system keeps state', () => {
    const home = tempDir()
    expect(open(join(home, 'own')).path).toBe(join(home, 'own'))
    expect(openStateDir({ env: { HOME: home, XDG_STATE_HOME: join(home, 'xdg') } }).path).toBe(
      join(home, 'xdg/teleclaude'),
    )
    expect(openStateDir({ env: { HOME: home } }).path).toBe(join(home, '.local/state/teleclaude'))
  })

  it('is made for its owner alone, whatever the umask', () => {
    const path = join(tempDir(), 'state')
    const before = process.umask(0)
    try {
      open(path)
    } finally {
      process.umask(before)
    }
    expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  it.each([0o720, 0o702, 0o777])('is refused if others can write to it (mode %o)', mode => {
    const path = tempDir()
    chmodSync(path, mode)
    expect(() => open(path)).toThrow(refusal(/others can write.*chmod 700/))
  })

  it('is refused if it belongs to another user', () => {
    // Only root can give a folder away, and to root no folder of the system belongs to another.
    const path = isRoot ? tempDir() : '/usr'
    if (isRoot) chownSync(path, 12345, 12345)
    expect(() => open(path)).toThrow(refusal(/belongs to another user \(uid \d+\)/))
  })

  it('is refused if its path leaves no room for sockets', () => {
    expect(() => open(join(tempDir(), 'x'.repeat(90)))).toThrow(refusal(/bytes long.*TELECLAUDE_STATE_DIR/))
  })

  it.runIf(process.platform === 'linux')(
    'is refused where no folder can be made, and does not try for ever',
    () => {
      expect(() => open('/proc/teleclaude/s')).toThrow(refusal(/cannot make/))
    },
  )

  it('is refused if it is a file', () => {
    const path = join(tempDir(), 'file')
    writeFileSync(path, '')
    expect(() => open(path)).toThrow(refusal(/cannot make/))
  })
})

describe('the identity key', () => {
  it('is made once, and readable by its owner alone', () => {
    const path = tempDir()
    const key = open(path).identityKey()
    expect(key).toHaveLength(32)
    expect(open(path).identityKey()).toEqual(key)
    expect(statSync(open(path).key).mode & 0o777).toBe(0o600)
  })

  it('is refused if others can read it, or if it is damaged', () => {
    const dir = open(tempDir())
    writeFileSync(dir.key, Buffer.alloc(32), { mode: 0o640 })
    expect(() => dir.identityKey()).toThrow(refusal(/others can read/))
    writeFileSync(dir.key, Buffer.alloc(5))
    chmodSync(dir.key, 0o600)
    expect(() => dir.identityKey()).toThrow(refusal(/damaged/))
  })
})

describe('the lock', () => {
  it('is held by one process, and the next one is told which', async () => {
    const dir = open(tempDir())
    const holder = startHolder(dir.path)
    expect(await holder.answer).toBe('held')
    expect(() => dir.acquireLock()).toThrow(
      expect.objectContaining({
        code: 'TC_ERR_ALREADY_RUNNING',
        message: expect.stringContaining(`process ${holder.pid}`),
      }),
    )
    await holder.kill()
  })

  it('is free as soon as its holder is killed', async () => {
    const dir = open(tempDir())
    const holder = startHolder(dir.path)
    await holder.answer
    await holder.kill()
    expect(existsSync(dir.lock)).toBe(true)
    using _ = dir.acquireLock()
  })

  it('is free when it says the id of a process that is another one by now', () => {
    const dir = open(tempDir())
    writeFileSync(`${dir.lock}.pid`, `${process.pid}\n`)
    using _ = dir.acquireLock()
  })

  it('cannot be had twice in one process, and can be had again once released', () => {
    const dir = open(tempDir())
    const lock = dir.acquireLock()
    expect(() => dir.acquireLock()).toThrow(expect.objectContaining({ code: 'TC_ERR_ALREADY_RUNNING' }))
    lock.release()
    using _ = dir.acquireLock()
    expect(readFileSync(`${dir.lock}.pid`, 'utf8')).toBe(`${process.pid}\n`)
  })

  it('is not kept where its holder cannot be written down', () => {
    const dir = open(tempDir())
    mkdirSync(`${dir.lock}.pid`)
    expect(() => dir.acquireLock()).toThrow(/EISDIR/)
    rmSync(`${dir.lock}.pid`, { recursive: true })
    using _ = dir.acquireLock()
  })

  it('is got by one of several that start at once', async () => {
    const path = tempDir()
    const holders = Array.from({ length: 5 }, () => startHolder(path))
    const answers = await Promise.all(holders.map(holder => holder.answer))
    await Promise.all(holders.map(holder => holder.kill()))
    expect(answers.toSorted()).toEqual(['held', ...Array(4).fill('TC_ERR_ALREADY_RUNNING')].toSorted())
  })

  it('says so when it is no lock', () => {
    const dir = open(tempDir())
    mkdirSync(dir.lock)
    expect(() => dir.acquireLock()).toThrow(refusal(/cannot open the lock/))
  })
})
