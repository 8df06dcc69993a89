import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../../core/sessions/session.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { sees, TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'
import type { Recorded } from './recorder-plugin.ts'

const RECORDER = resolve(import.meta.dirname, 'recorder-plugin.ts')
/** How long a computer that is busy with other things may take. */
const PATIENCE_MS = 30_000

let mesh: TestMesh
beforeAll(async () => {
  mesh = await TestMesh.start(['owner'], { options: { heartbeatMs: 1000, heartbeatTtlMs: 5000 } })
  await mesh.join('origin', { plugins: ['terminal', 'registry', RECORDER] })
  await mesh.acquainted()
})
afterAll(() => mesh?.[Symbol.asyncDispose]())
const owner = () => mesh.daemon('owner')
const origin = () => mesh.daemon('origin')

/** What the origin's adapter was called for. */
function recorded(session: string, { stateDir }: TestDaemon = origin()): readonly Recorded[] {
  const file = join(stateDir, 'recorder', 'calls')
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map(line => JSON.parse(line) as Recorded).filter(call => call.session === session)
}

const sends = (session: string) => recorded(session).flatMap(call => (call.call === 'send' ? [call] : []))
const seqs = (session: string) => sends(session).flatMap(send => send.seqs)
const text = (session: string) =>
  sends(session)
    .map(send => send.text)
    .join('')
const calls = (session: string) =>
  recorded(session)
    .map(({ call }) => call)
    .filter(call => call !== 'send')

/** How often the origin's audit log has that its mirror watches a session. */
function auditedWatches(session: string): number {
  const lines = readFileSync(join(origin().stateDir, 'audit.log'), 'utf8').split('\n')
  return lines.filter(line =>
    ['"session.watch"', '"plugin:adapters"', `"${session}"`].every(part => line.includes(part)),
  ).length
}

const shows = (session: string, wanted: string) =>
  until(() => text(session).includes(wanted), `'${wanted}' in the mirror`, PATIENCE_MS)
const isCalled = (session: string, call: Recorded['call']) =>
  until(() => recorded(session).some(one => one.call === call), `a call of ${call}`, PATIENCE_MS)
const start = (input: object = {}) => origin().session({ computer: 'owner', title: 'mirrored', ...input })

/** Prints numbered lines there until it is told to stop. */
class Printer {
  readonly id: string
  readonly #stop: string

  private constructor(id: string) {
    this.id = id
    this.#stop = join(owner().home, `stop-${id}`)
  }

  static async start(): Promise<Printer> {
    const printer = new Printer(await start())
    const loop = `for ((i = 1; ; i++)); do echo "n $i"; [ -e ${printer.#stop} ] && break; sleep 0.01; done; echo "the end"`
    await origin().input(printer.id, loop)
    await shows(printer.id, 'n 5\n')
    return printer
  }

  /** Settles when lines that are printed from now on have arrived. */
  async flows(): Promise<void> {
    const { size } = new Set(seqs(this.id))
    await until(() => new Set(seqs(this.id)).size > size + 20, 'new lines in the mirror', PATIENCE_MS)
  }

  /** Ends it. Settles when all has arrived. */
  async finish(): Promise<void> {
    writeFileSync(this.#stop, '')
    await shows(this.id, '\nthe end\n')
  }
}

test('what is started elsewhere has its channel here before it prints anything, and its record here says where', async () => {
  const id = await start({ title: 'quiet' })
  await isCalled(id, 'create')
  const { sessions } = await origin().call<{ sessions: Session[] }>('session.list')
  const known = sessions.find(session => session.id === id)
  expect(known?.adapterMetadata.recorder).toEqual({ place: id })
  expect((await owner().get(id)).adapterMetadata).not.toHaveProperty('recorder')
})

test('a notice from here is committed there, and shown here', async () => {
  const id = await start()
  await origin().call('session.notify', { session_id: id, text: 'hello from here' })
  await shows(id, 'hello from here')
})

test('every entry comes once and in order, then the new title, and at last the end', async () => {
  const id = await start()
  await origin().send(id, 'for i in 1 2 3 4 5 6 7 8; do echo "line $i"; done')
  await shows(id, 'line 8\n')
  await origin().call('session.rename', { session_id: id, title: 'renamed' })
  await isCalled(id, 'update')
  await until(() => recorded(id).some(one => one.call === 'update' && one.title === 'renamed'))
  await origin().call('session.close', { session_id: id })
  await isCalled(id, 'close')
  expect(seqs(id)).toEqual(seqs(id).map((_, index) => index + 1))
  expect(recorded(id).at(-1)?.call).toBe('close')
  expect(calls(id).filter(call => call === 'create' || call === 'close')).toEqual(['create', 'close'])
})

test('a run has no mirror, nor has what was started at its owner', async () => {
  const ran = await origin().call<{ session_id: string; output: string }>('session.run', {
    computer: 'owner',
    command: 'echo ran',
  })
  expect(ran.output).toBe('ran\n')
  const theirs = await owner().session({ title: 'theirs' })
  await origin().send(theirs, 'echo theirs')
  const after = await start()
  await isCalled(after, 'create')
  expect([...recorded(ran.session_id), ...recorded(theirs)]).toEqual([])
})

describe('nothing is missing or out of order', () => {
  /** After a kill, what was sent within the last moment may come again; never anything else. */
  function expectWhole(id: string, restarts: number): void {
    let last = 0
    let steps = 0
    for (const seq of seqs(id)) {
      if (seq !== last + 1) {
        expect(seq, 'a step back, never a hole').toBeLessThanOrEqual(last)
        steps += 1
      }
      last = seq
    }
    expect(steps).toBeLessThanOrEqual(restarts)
    expect(new Set(sends(id).map(send => send.epoch)).size).toBe(1)
    expect(calls(id).filter(call => call === 'create')).toHaveLength(1)
  }

  test('when the daemon that mirrors is killed in the middle', async () => {
    const printer = await Printer.start()
    await origin().restart('SIGKILL')
    await printer.flows()
    await printer.finish()
    expectWhole(printer.id, 1)
  })

  test("when the owner's daemon is killed in the middle", async () => {
    const printer = await Printer.start()
    await owner().restart('SIGKILL')
    await printer.flows()
    await printer.finish()
    expectWhole(printer.id, 0)
  })

  test('when Redis is away for a while, and comes back empty', async () => {
    const printer = await Printer.start()
    await mesh.redis.restart({ empty: true })
    await printer.flows()
    await printer.finish()
    expectWhole(printer.id, 0)
  })

  test('when the session ends while the daemon that mirrors is down', async () => {
    const id = await start()
    await origin().send(id, 'echo before')
    await shows(id, 'before\n')
    await origin().kill('SIGKILL')
    await owner().send(id, 'echo meanwhile')
    await owner().call('session.close', { session_id: id })
    await origin().start()
    await isCalled(id, 'close')
    expect(text(id)).toContain('meanwhile\n')
    expectWhole(id, 1)
    await origin().restart('SIGTERM')
    await isCalled(await start(), 'create')
    expect(calls(id).filter(call => call === 'close')).toHaveLength(1)
  })

  test('when the daemon that mirrors starts before the owner does', async () => {
    const printer = await Printer.start()
    await owner().kill('SIGKILL')
    await sees(origin(), 'owner', 'offline')
    await origin().kill('SIGKILL')
    await origin().start()
    const status = async () => {
      const { channels } = await origin().status()
      return channels.find(({ session }) => session === printer.id)?.state
    }
    await until(async () => (await status()) === 'retrying', 'a mirror that waits for its owner')
    await owner().start()
    await sees(origin(), 'owner')
    await printer.flows()
    await printer.finish()
    expectWhole(printer.id, 1)
    await until(async () => (await status()) === 'idle', 'a mirror with nothing to do')
    // One of each daemon, however often it was asked for while there was no owner.
    expect(auditedWatches(printer.id)).toBe(2)
  })
})

test('an owner that has the adapter itself is not mirrored: there is one channel, and that is there', async () => {
  await owner().kill('SIGTERM')
  const { plugins } = JSON.parse(readFileSync(join(owner().home, 'config.json'), 'utf8')) as {
    plugins: unknown[]
  }
  const config = JSON.parse(readFileSync(join(owner().home, 'config.json'), 'utf8')) as object
  owner().configure({ ...config, plugins: [...plugins, RECORDER] })
  await owner().start()
  await sees(origin(), 'owner')
  const id = await start()
  await origin().send(id, 'echo shown there')
  const there = () => recorded(id, owner())
  await until(() => there().some(call => call.call === 'send' && call.text.includes('shown there')))
  expect(recorded(id)).toEqual([])
})
