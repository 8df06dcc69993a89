import {
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createSessionStore } from '../../../core/store/session-store.ts'
import { openStore, type Store } from '../../../core/store/store.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { tempDir } from '../../support/temp-dir.ts'

let file: string
let clock: FakeClock
beforeEach(() => {
  file = join(tempDir(), 'teleclaude.db')
  clock = new FakeClock()
})

function open(): Store {
  const store = openStore({ file, clock, log: capturedLog().log })
  onTestFinished(() => store.close())
  return store
}

/** Opens, lets `use` work, closes; returns the epoch. */
function once(use: (store: Store) => void = () => {}): string {
  const store = open()
  use(store)
  store.close()
  return store.epoch
}

function fill(store: Store, rows = 500): void {
  store.migrate('test', ['CREATE TABLE lines (id INTEGER PRIMARY KEY, line TEXT)'])
  const insert = store.db.prepare('INSERT INTO lines (line) VALUES (?)')
  store.transaction(() => {
    for (let row = 0; row < rows; row++) insert.run(`line ${row} `.repeat(20))
  })
}

function overwrite(offset: number, text: string): void {
  writeSync(openSync(file, 'r+'), text, offset)
}

describe('opening', () => {
  test('the file and its logs can be read by nobody else', () => {
    const store = open()
    fill(store)
    for (const name of [file, `${file}-wal`, `${file}.generation`]) {
      expect(statSync(name).mode & 0o777, name).toBe(0o600)
    }
  })

  test('a second program is kept out', () => {
    open()
    expect(() => open()).toThrow(expect.objectContaining({ code: 'TC_ERR_STORE' }))
  })

  test('closing leaves no timer and no log file behind, and may be done twice', () => {
    const store = open()
    fill(store)
    expect(clock.timers).toBe(1)
    store.close()
    store.close()
    expect(clock.timers).toBe(0)
    expect(existsSync(`${file}-wal`)).toBe(false)
  })
})

describe('migrations', () => {
  const first = 'CREATE TABLE a (x)'
  const second = 'ALTER TABLE a ADD COLUMN y'

  test('only those not yet applied are, for each owner', () => {
    once(store => store.migrate('one', [first]))
    once(store => {
      store.migrate('one', [first, second])
      store.migrate('one', [first, second])
      store.migrate('two', ['CREATE TABLE b (x)'])
      store.db.exec('INSERT INTO a (x, y) VALUES (1, 2)')
    })
  })

  test('one that fails leaves nothing behind', () => {
    once(store => {
      expect(() => store.migrate('one', [first, 'ALTER TABLE nonsense'])).toThrow()
      store.migrate('one', [first])
    })
  })

  test('a newer schema is refused', () => {
    once(store => store.migrate('one', [first, second]))
    once(store => {
      expect(() => store.migrate('one', [first])).toThrow(
        expect.objectContaining({ code: 'TC_ERR_STORE_NEWER', message: expect.stringContaining(file) }),
      )
    })
  })
})

describe('transactions', () => {
  test('what throws leaves nothing behind, and a nested one goes with the outer', () => {
    const store = open()
    fill(store, 0)
    const insert = store.db.prepare(`INSERT INTO lines (line) VALUES ('x')`)
    expect(() =>
      store.transaction(() => {
        store.transaction(() => insert.run())
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(store.db.prepare('SELECT count(*) AS n FROM lines').get()).toEqual({ n: 0 })
  })
})

describe('a damaged file', () => {
  const refused = expect.objectContaining({
    code: 'TC_ERR_STORE_CORRUPT',
    message: expect.stringMatching(/Nothing was deleted.*mv '/s),
  })

  test.each([
    ['whose header is overwritten', () => overwrite(0, 'nonsense'.repeat(20))],
    ['with nonsense in its middle', () => overwrite(statSync(file).size / 2, 'nonsense'.repeat(500))],
    ['cut in half', () => truncateSync(file, statSync(file).size / 2)],
  ])('%s is refused and left as it is', (_, damage) => {
    once(store => fill(store))
    damage()
    const before = readFileSync(file)
    expect(() => open()).toThrow(refused)
    expect(() => open()).toThrow(refused)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  test('moved aside as the message says makes room for a new one', () => {
    const epoch = once(store => fill(store))
    overwrite(0, 'nonsense')
    expect(() => open()).toThrow(refused)
    renameSync(file, `${file}.damaged`)
    expect(once()).not.toBe(epoch)
  })
})

describe('the epoch', () => {
  test('stays over restarts', () => {
    const epoch = once()
    expect(once(fill)).toBe(epoch)
    const again = open()
    expect(again.epoch).toBe(epoch)
    expect(again.restored).toBe(false)
  })

  test('changes when an older copy is put back into the same file', () => {
    const epoch = once(store => fill(store))
    const inode = statSync(file).ino
    copyFileSync(file, `${file}.copy`)
    once()
    copyFileSync(`${file}.copy`, file)
    expect(statSync(file).ino).toBe(inode)
    const store = open()
    expect(store.restored).toBe(true)
    expect(store.epoch).not.toBe(epoch)
    store.close()
    expect(once()).toBe(store.epoch)
  })

  test('changes when a copy, however new, is put back as another file', () => {
    const epoch = once()
    copyFileSync(file, `${file}.copy`)
    renameSync(`${file}.copy`, file)
    const store = open()
    expect(store.restored).toBe(true)
    expect(store.epoch).not.toBe(epoch)
  })

  test('changes when a copy made while it ran is put back, one minute of commits later', async () => {
    const running = open()
    fill(running)
    running.db.pragma('wal_checkpoint(TRUNCATE)')
    copyFileSync(file, `${file}.copy`)
    fill(running, 1)
    await clock.advance(60_000)
    const generation = readFileSync(`${file}.generation`, 'utf8')
    running.close()
    copyFileSync(`${file}.copy`, file)
    writeFileSync(`${file}.generation`, generation) // As if it had been killed and not closed.
    const store = open()
    expect(store.restored).toBe(true)
    expect(store.epoch).not.toBe(running.epoch)
  })

  test('changes when the database is made anew', () => {
    const epoch = once()
    rmSync(file)
    expect(once()).not.toBe(epoch)
  })

  test('changes when the computer went down before the database was closed, for commits may be lost', () => {
    const setBoot = `UPDATE store_facts SET value = 'another' WHERE key = 'boot'`
    const epoch = once(store => store.db.exec(setBoot))
    expect(once(), 'it was closed').toBe(epoch)
    const running = open()
    running.db.exec(setBoot)
    running.db.pragma('wal_checkpoint(TRUNCATE)')
    const killed = readFileSync(file)
    const generation = readFileSync(`${file}.generation`)
    running.close()
    writeFileSync(file, killed)
    writeFileSync(`${file}.generation`, generation)
    const store = open()
    expect(store.epoch).not.toBe(epoch)
    expect(store.restored).toBe(false)
  })
})

describe('sessions', () => {
  test('are there again after a restart as they were saved last', () => {
    const one = sampleSession({ title: 'one' })
    const two = sampleSession({ id: 'bbbbbbbbbbbb' as never, title: 'two' })
    once(store => {
      const sessions = createSessionStore(store)
      for (const session of [one, two]) sessions.save(session)
      sessions.save({ ...one, title: 'changed' })
      sessions.save(sampleSession({ id: 'cccccccccccc' as never }))
      sessions.remove('cccccccccccc')
    })
    once(store => expect(createSessionStore(store).load()).toEqual([{ ...one, title: 'changed' }, two]))
  })
})

describe('a restart of the computer', () => {
  const change = (key: string) =>
    once(({ db }) => db.exec(`UPDATE store_facts SET value = 'another' WHERE key = '${key}'`))

  test('is none where nothing was restarted', () => {
    once(store => expect(store.rebooted).toBe(false))
    once(store => expect(store.rebooted).toBe(false))
  })

  test.each([
    ['of the system', 'boot'],
    ['of a container', 'first_process'],
  ])('%s is known until what it means was noted, also after a crash', (_what, key) => {
    once()
    change(key)
    once(store => expect(store.rebooted).toBe(true))
    once(store => {
      expect(store.rebooted).toBe(true)
      store.noteReboot()
    })
    once(store => expect(store.rebooted).toBe(false))
  })
})
