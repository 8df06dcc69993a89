import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import { readHeader } from '../../../core/mesh/envelope.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { until } from '../../support/until.ts'
import { bodyOf, createRequestMesh, IDEMPOTENT, ONCE } from './request-mesh.ts'
import { remember } from './serving-computers.ts'

const NO_ROOM = 'unrecorded: TC_ERR_DISK_FULL'

/** A computer that asks, and one that does what it is asked as long as it has room to write it down. */
function twoComputers() {
  const mesh = createRequestMesh()
  const done: string[] = []
  const serve = async (_from: string, id: string) => void done.push(id)
  const file = join(tempDir(), 'teleclaude.db')
  const macbook = mesh.add('macbook', { serve: async () => 'of the macbook' })
  macbook.receive()
  const parts = { mesh, macbook, done, file, workstation: mesh.add('workstation', { serve, file }) }
  const options = { requestId: 'asked', idempotent: false }
  return {
    ...parts,
    ask: (operation = ONCE) => macbook.outgoing.request('workstation', bodyOf(operation), options),
    /** As the macbook asked for it now, knowing this run of the workstation. */
    mail: (id: string) => macbook.seal('workstation', { id }),
    take: (bytes: Uint8Array, computer = parts.workstation) =>
      // Before whatever stands in the mailbox.
      computer.intake.take({ position: '0', bytes }),
    /** Kills the daemon there and starts another one. */
    restart() {
      mesh.get('workstation')?.kill()
      return mesh.add('workstation', { serve, file })
    },
  }
}

type Parts = ReturnType<typeof twoComputers>

/** Takes in requests until there is no room for another; returns the one that was refused. */
async function fill({ workstation: { store }, mail, take }: Parts): Promise<Uint8Array> {
  store.db.pragma(`max_page_count = ${store.db.pragma('page_count', { simple: true })}`)
  for (let number = 0; ; number++) {
    const bytes = mail(`fill-${number}`)
    const reason = await take(bytes)
    if (reason === null) continue
    expect(reason).toBe(NO_ROOM)
    return bytes
  }
}

function makeRoom({ workstation: { store } }: Parts): void {
  store.db.pragma('max_page_count = 1000000')
}

test('a request that cannot be written down is refused at once, and who asks is told that nothing was done', async () => {
  const parts = twoComputers()
  const { mesh, workstation, ask, done } = parts
  await fill(parts)
  await mesh.clock.advance(1)
  const before = done.length
  workstation.receive()
  await expect(ask()).rejects.toMatchObject({ code: 'TC_ERR_DISK_FULL', retryable: true })
  await mesh.clock.advance(1)
  await expect(ask(IDEMPOTENT)).rejects.toThrow(/'workstation' has no room on its disk.*Nothing was done/)
  expect(done).toHaveLength(before)
  expect(workstation.intake.counts().unrecorded).toBe(3)
  expect(workstation.logged.lines.join()).not.toContain('asked')
})

test('a full disk holds up no mail, and the answers to what is asked from there arrive in their order', async () => {
  const parts = twoComputers()
  const { mesh, macbook, workstation, mail, done } = parts
  await fill(parts)
  const answers: unknown[] = []
  const asking = Array.from({ length: 20 }, (_, number) => {
    for (let count = 0; count < 10; count++) mesh.carrier.post('workstation', mail(`${number}-${count}`))
    return workstation.outgoing
      .request('macbook', bodyOf(), { requestId: `${number}`, idempotent: false })
      .then(answer => answers.push([number, answer]))
  })
  workstation.receive()
  // No time passes.
  await Promise.all(asking)
  expect(answers).toEqual(Array.from({ length: 20 }, (_, number) => [number, 'of the macbook']))
  expect(Number(workstation.intake.position)).toBeGreaterThanOrEqual(220)
  expect(mesh.carrier.deadLetters('workstation')).toHaveLength(200)
  // Each of those that were done before the disk was full, and each that was refused.
  await until(() => macbook.outgoing.counts().late === done.length + 201)
})

test.each([
  ['once is done, once', 1, null, ['asked']],
  ['twice is refused', 2, 'unrecorded: TC_ERR_STORE', []],
] as const)('a request that cannot be written down %s', async (_, times, reason, asked) => {
  const { workstation, mail, take, done } = twoComputers()
  const { store } = workstation
  const { transaction } = store
  let tries = 0
  // As when another program holds the database: none can, while it is in use here.
  Object.assign(store, {
    transaction<T>(work: () => T): T {
      if (++tries <= times) throw new TeleclaudeError('TC_ERR_STORE', 'the database is in use')
      return transaction(work)
    },
  })
  expect(await take(mail('asked'))).toBe(reason)
  expect(done).toEqual(asked)
  expect(await take(mail('behind'))).toBe(reason && 'unrecorded: TC_ERR_BUSY')
})

test('what was refused is never done, however often it comes when there is room; what is asked later is', async () => {
  const parts = twoComputers()
  const { mesh, mail, take, done } = parts
  const earlier = mail('earlier')
  await mesh.clock.advance(1)
  const refused = await fill(parts)
  const before = done.length
  makeRoom(parts)
  expect(await take(refused)).toBe('unrecorded: TC_ERR_BUSY')
  expect(await take(earlier)).toBe('unrecorded: TC_ERR_BUSY')
  expect(done).toHaveLength(before)
  await mesh.clock.advance(1)
  expect(await take(mail('later'))).toBeNull()
  expect(done.slice(before)).toEqual(['later'])
})

test('who asks again right after a refusal is told to ask again, and then it is done', async () => {
  const parts = twoComputers()
  const { mesh, workstation, ask, done } = parts
  await fill(parts)
  makeRoom(parts)
  workstation.receive()
  await expect(ask()).rejects.toMatchObject({ code: 'TC_ERR_BUSY', retryable: true })
  await expect(ask()).rejects.toThrow(/a moment ago.*Nothing was done. Ask again/)
  await mesh.clock.advance(1)
  await ask()
  expect(done.at(-1)).toBe('asked')
})

test('what was taken in is not refused when it comes again and the disk is full', async () => {
  const parts = twoComputers()
  const { mesh, macbook, workstation, mail, take } = parts
  const taken = mail('taken')
  await take(taken)
  await until(() => macbook.outgoing.counts().late === 1)
  await fill(parts)
  await until(() => workstation.answers.counts().on_the_way === 0)
  const late = macbook.outgoing.counts().late
  expect(await take(taken)).toBeNull()
  await until(() => macbook.outgoing.counts().late === late + 1)
  makeRoom(parts)
  expect(await take(taken)).toBeNull()
  expect(workstation.served.counts().repeated).toBe(2)
  expect(mesh.carrier.letters('workstation')).toEqual([])
})

test('what a daemon refused, the daemons after it do not do either, but they do what they are asked themselves', async () => {
  const parts = twoComputers()
  const { restart, take, mail, done } = parts
  const refused = await fill(parts)
  const before = done.length
  restart()
  const again = restart()
  expect(await take(refused, again)).toBeNull()
  expect(done).toHaveLength(before)
  expect(await take(mail('new'), again)).toBeNull()
  expect(done.slice(before)).toEqual(['new'])
})

test('nor does it under another name that the computer had meanwhile', async () => {
  const parts = twoComputers()
  const { mesh, file, restart, take, done } = parts
  const refused = await fill(parts)
  const before = done.length
  parts.workstation.kill()
  mesh.add('renamed', { file }).kill()
  await take(refused, restart())
  expect(done).toHaveLength(before)
})

test('who asked a daemon that had refused something is told by the next one that it does not know', async () => {
  const parts = twoComputers()
  const { mesh, workstation, ask, restart, done } = parts
  await fill(parts)
  const before = done.length
  workstation.kill()
  await mesh.clock.advance(1)
  const answer = ask()
  await until(() => mesh.carrier.letters('workstation').length === 1)
  restart().receive()
  await expect(answer).rejects.toMatchObject({ code: 'TC_ERR_OUTCOME_UNKNOWN' })
  expect(done).toHaveLength(before)
})

test('once nothing that was refused can come again, a restart is as any other', async () => {
  const parts = twoComputers()
  const { mesh, workstation, mail, take, restart, done, file } = parts
  await fill(parts)
  makeRoom(parts)
  workstation.served.sweep()
  expect(existsSync(`${file}.all-recorded`)).toBe(false)
  await mesh.clock.advance(60_000 + 2 * 120_000 + 1)
  workstation.served.sweep()
  expect(existsSync(`${file}.all-recorded`)).toBe(true)
  const behind = mail('behind')
  await take(behind, restart())
  expect(done.at(-1)).toBe('behind')
})

test('a clock that is set back has nothing forgotten of what was refused', async () => {
  const parts = twoComputers()
  const { mesh, workstation, take, done } = parts
  const refused = await fill(parts)
  const before = done.length
  makeRoom(parts)
  mesh.clock.setBack(-600_000)
  workstation.served.sweep()
  mesh.clock.setBack(600_000)
  await mesh.clock.advance(60_000)
  expect(await take(refused)).toBe('unrecorded: TC_ERR_BUSY')
  expect(done).toHaveLength(before)
})

test('where the next daemon could not know of a refusal nobody is told of one, and with room the request is done', async () => {
  const parts = twoComputers()
  const { workstation, mesh, take, done, file, macbook } = parts
  // Nothing but a file can be removed so.
  rmSync(`${file}.all-recorded`)
  mkdirSync(`${file}.all-recorded`)
  const refused = await fill(parts)
  await until(() => workstation.answers.counts().on_the_way === 0)
  await until(() => macbook.outgoing.counts().late === done.length)
  await mesh.clock.advance(1000)
  expect(macbook.outgoing.counts().late).toBe(done.length)
  makeRoom(parts)
  expect(await take(refused)).toBeNull()
  expect(done.at(-1)).toMatch(/^fill-/)
})

test('a database that has been lost promises nothing of what it cannot write down', async () => {
  const parts = twoComputers()
  const { mesh, macbook, workstation, take } = parts
  const body = { ...bodyOf(), boot: 'of a run that this database does not know' }
  await fill(parts)
  mesh.carrier.empty()
  await take(macbook.seal('workstation', { id: 'old', body }))
  const [answer] = await until(() => {
    const letters = mesh.carrier.letters('macbook')
    return letters.length > 0 && workstation.answers.counts().on_the_way === 0 ? letters : null
  })
  const known = macbook.known.get('workstation')
  const header = answer && readHeader(answer)
  if (!answer || !header || !known) throw new Error('there is an answer')
  expect(macbook.envelopes.open(answer, header, { ...known, name: 'workstation' })).toMatchObject({
    error: { code: 'TC_ERR_OUTCOME_UNKNOWN' },
  })
})

test('a computer of which as many requests are remembered as may be is told to wait', async () => {
  const parts = twoComputers()
  const { workstation, restart, ask, done } = parts
  remember(workstation, 50_000, 'macbook')
  const again = restart()
  again.receive()
  await expect(ask()).rejects.toMatchObject({ code: 'TC_ERR_BUSY', retryable: true })
  await expect(ask()).rejects.toThrow(
    /'workstation' has taken in as many requests of 'macbook'.*Nothing was done/,
  )
  expect(done).toEqual([])
})

test('so is everybody when it remembers as much as it can, and answers arrive all the same', async () => {
  const parts = twoComputers()
  const { mesh, workstation, restart, ask, done } = parts
  for (let number = 0; number < 10; number++) remember(workstation, 50_000, `laptop-${number}`)
  const again = restart()
  again.receive()
  await expect(ask()).rejects.toThrow(/'workstation' has taken in as many requests within the last minutes/)
  const options = { requestId: 'r', idempotent: false }
  expect(await again.outgoing.request('macbook', bodyOf(), options)).toBe('of the macbook')
  expect(done).toEqual([])
  await mesh.clock.advance(300_001)
  again.served.sweep()
  await ask()
  expect(done).toEqual(['asked'])
})
