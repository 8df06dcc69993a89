import { randomInt } from 'node:crypto'
import { cpSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { sleep, systemClock } from '../../core/clock.ts'
import { entryFromWire } from '../../core/journal/entry.ts'
import type { WatchItem } from '../../core/operations/session-watch.ts'
import type { TestDaemon } from '../support/daemon.ts'
import { expectFootprint, footprintOf } from '../support/footprint.ts'
import { meshDaemon, sees } from '../support/mesh.ts'
import { privateMiB } from '../support/processes.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { openRoom, type Room } from '../support/telegram-room.ts'
import { tempDir } from '../support/temp-dir.ts'
import { until } from '../support/until.ts'

const RESTARTS = 200
/** After so many everything is there that comes to be with time. */
const WARM_UP = 30
/** One in so many is ended again before it is ready. */
const HASTY = 5
const HASTY_MS = 400
/** What a garbage collector leaves, over what restarts would leave if each kept a few KiB. */
const NOISE_MIB = 1.5
/** Numbered lines, without a program for each: `read` waits on what never comes. */
const PRINTER = (seconds: number) =>
  `exec 9<> <(:); for ((i = 1; ; i++)); do echo "n $i"; read -rt ${seconds} -u 9; done`

test(`${RESTARTS} restarts in a row, half of them kills: the sessions are the same, their output is whole, and nothing is left behind`, async () => {
  const it = await start()
  const { alpha } = it
  const memory: number[] = []
  await restart(it, WARM_UP)
  const before = await stateOf(it)
  await restart(it, RESTARTS - WARM_UP, () => memory.push(privateMiB(alpha.hostPids()[0] ?? 0)))
  const after = await stateOf(it)
  await expectFootprint(alpha, before.footprint)
  expect(after.lasting).toEqual(before.lasting)
  expect(after.redisClients).toBeLessThanOrEqual(before.redisClients)
  expect(middleOf(memory.slice(-30)) - middleOf(memory.slice(0, 30))).toBeLessThan(NOISE_MIB)
  const printedBytes = await expectWholeOutput(it)
  expect(after.databaseBytes - before.databaseBytes).toBeLessThan(20 * printedBytes)
})

interface Stage {
  readonly alpha: TestDaemon
  readonly beta: TestDaemon
  readonly redis: RedisServer
  readonly room: Room
  /** Sessions of alpha. */
  readonly printing: readonly string[]
  readonly idle: string
  readonly watched: WatchedNumbers
}

/** A computer with sessions that print, one of them watched from another computer, all of them in Telegram. */
async function start(): Promise<Stage> {
  const room = await openRoom()
  const redis = await startRedis()
  onTestFinished(() => redis[Symbol.asyncDispose]())
  const plugins = ['terminal', 'registry', 'mcp', room.plugin()]
  const alpha = meshDaemon('alpha', redis.url, { plugins, env: { TMPDIR: tempDir() } })
  const beta = meshDaemon('beta', redis.url)
  await alpha.startInTest()
  await beta.startInTest()
  await sees(beta, 'alpha')
  const printing = [await alpha.session({ title: 'slow' }), await alpha.session({ title: 'fast' })]
  const idle = await alpha.session({ title: 'idle' })
  const watched = new WatchedNumbers(beta, printing[0] ?? '')
  for (const [at, seconds] of [0.1, 0.01].entries()) await alpha.input(printing[at] ?? '', PRINTER(seconds))
  return { alpha, beta, redis, room, printing, idle, watched }
}

async function restart({ alpha }: Stage, times: number, whenReady = () => {}): Promise<void> {
  for (let done = 1; done <= times; done++) {
    await alpha.kill(done % 2 ? 'SIGTERM' : 'SIGKILL')
    if (done % HASTY || done === times) {
      await alpha.start()
      whenReady()
    } else {
      alpha.launch()
      // A random moment is the point.
      await sleep(systemClock, randomInt(HASTY_MS))
    }
  }
}

/** Everything that must be the same after more restarts, and what may grow in its measure. */
async function stateOf({ alpha, redis, room, printing, idle, watched }: Stage) {
  const { output, completed_by } = await alpha.send(idle, 'echo $$')
  expect(completed_by).toBe('mark')
  const sessions = await Promise.all([...printing, idle].map(id => alpha.get(id)))
  await until(() => room.forum.topics.length >= sessions.length, 'a topic for each session')
  const footprint = footprintOf(alpha)
  const keys = (await redis.cli('--scan')).split('\n').sort()
  const outputs = keys.filter(key => key.includes(':output:'))
  // It is there again soon after a start.
  expect(outputs.filter(key => !key.endsWith(watched.id))).toEqual([])
  const redisClients = (await redis.cli('CLIENT', 'LIST')).split('\n').length
  // Nobody else can look into the database while a daemon has it.
  await alpha.kill('SIGTERM')
  const { rows, bytes } = databaseOf(alpha)
  await alpha.start()
  return {
    footprint,
    redisClients,
    databaseBytes: bytes,
    lasting: {
      shell: output,
      sessions: sessions.map(({ id, title, createdAt, terminal }) => ({ id, title, createdAt, terminal })),
      topics: room.forum.topics.map(({ name }) => name),
      keys: keys.filter(key => !outputs.includes(key)),
      rows,
    },
  }
}

/** Output is what makes the one larger; the other is kept for some minutes. */
const GROWING = ['journal_entries', 'mesh_requests']

/** How many rows each table has that does not grow; and the size of the whole. */
function databaseOf(daemon: TestDaemon) {
  const file = join(tempDir(), 'copy.db')
  cpSync(join(daemon.stateDir, 'teleclaude.db'), file)
  using db = asDisposable(new Database(file))
  const tables = db
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .filter(({ name }) => !GROWING.includes(name))
  const count = (table: string) =>
    db.prepare<[], { rows: number }>(`SELECT count(*) AS rows FROM "${table}"`).get()?.rows
  const rows = Object.fromEntries(tables.map(({ name }) => [name, count(name)]))
  return { rows, bytes: statSync(file).size }
}

/** What each who can read them has of the numbers; settles with how many bytes were printed. */
async function expectWholeOutput({ alpha, printing, watched }: Stage): Promise<number> {
  let bytes = 0
  for (const id of printing) {
    const { output, gaps } = await alpha.readAll(id)
    expect(gaps).toEqual([])
    const count = expectNumbers(output)
    bytes += output.length
    if (id === watched.id) await watched.expectUpTo(count)
  }
  return bytes
}

/** Of a session of another computer, through all restarts of that. */
class WatchedNumbers {
  readonly id: string
  readonly #faults: string[] = []
  #seq = 0
  #text = ''

  constructor(daemon: TestDaemon, id: string) {
    this.id = id
    const onItem = (item: unknown) => this.#take(item as WatchItem)
    daemon.call('session.watch', { session_id: id }, { onItem }).catch(error => this.#faults.push(`${error}`))
  }

  async expectUpTo(number: number): Promise<void> {
    await until(
      () => this.#faults.length > 0 || this.#text.includes(`n ${number}\r\n`),
      `line ${number}`,
      60_000,
    )
    expect(this.#faults).toEqual([])
    expectNumbers(this.#text.replaceAll('\r\n', '\n'))
  }

  #take({ entries }: WatchItem): void {
    for (const entry of entries.map(entryFromWire)) {
      if (entry.seq !== this.#seq + 1) this.#faults.push(`entry ${entry.seq} after ${this.#seq}`)
      if (entry.kind === 'output') this.#text += Buffer.from(entry.data).toString()
      this.#seq = entry.seq
    }
  }
}

/** They are 1, 2, 3 …; gives how many. */
function expectNumbers(text: string): number {
  const numbers = [...text.matchAll(/\bn (\d+)$/gm)].map(([, number]) => Number(number))
  const wrong = numbers.findIndex((number, at) => number !== at + 1)
  expect(wrong < 0 ? [] : numbers.slice(Math.max(0, wrong - 1), wrong + 2)).toEqual([])
  return numbers.length
}

function middleOf(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[samples.length >> 1] ?? Number.NaN
}

function asDisposable<T extends { close(): unknown }>(resource: T): T & Disposable {
  return Object.assign(resource, { [Symbol.dispose]: () => void resource.close() })
}
