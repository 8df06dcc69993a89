import { expect, it } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import { createStreamSeal, newStreamKey } from '../../../core/mesh/stream-seal.ts'
import { SESSION } from '../../support/open-journal.ts'
import { until } from '../../support/until.ts'
import { inTime, linesUpTo, watchedComputers } from '../../support/watched-session.ts'

type Computers = ReturnType<typeof watchedComputers>

/** What a stranger with access to the carrier may put into a stream. */
function forgedEntries({ owner }: Computers) {
  const head = owner.journal.head(SESSION)
  const entry = { kind: 'output', data: Buffer.from('forged\n'), at: 0 } as const
  const seal = createStreamSeal(SESSION, owner.journal.epoch, newStreamKey())
  return {
    garbage: { seq: head + 1, bytes: Buffer.from('garbage') },
    empty: { seq: head + 1, bytes: Buffer.alloc(0) },
    'under another key': { seq: head + 1, bytes: seal.seal({ ...entry, seq: head + 1 }) },
    'far ahead': { seq: Number.MAX_SAFE_INTEGER, bytes: Buffer.alloc(100) },
    'far ahead under another key': { seq: 2 ** 50, bytes: seal.seal({ ...entry, seq: 2 ** 50 }) },
  }
}

const forge = (what: keyof ReturnType<typeof forgedEntries>) => (computers: Computers) =>
  void computers.carrier.extend(SESSION, [forgedEntries(computers)[what]])

/** The bytes of an entry that the owner sealed, under another seq. */
function misplace({ carrier, owner }: Computers) {
  const bytes = carrier.streams.get(SESSION)?.entries.at(-1)?.bytes ?? Buffer.alloc(0)
  carrier.extend(SESSION, [{ seq: owner.journal.head(SESSION) + 1, bytes }])
}

const faults: readonly (readonly [string, (computers: Computers) => Promise<void> | void])[] = [
  ['nothing happens', () => {}],
  ['the stream is trimmed', ({ carrier }) => carrier.trimStream(SESSION, 3)],
  ['the stream is trimmed to nothing', ({ carrier }) => carrier.trimStream(SESSION, 0)],
  ['the stream is deleted', ({ carrier }) => carrier.deleteStream(SESSION)],
  ['the carrier restarts empty', ({ carrier }) => carrier.empty()],
  ['an entry of garbage is put in', forge('garbage')],
  ['an empty entry is put in', forge('empty')],
  ['an entry under another key is put in', forge('under another key')],
  ['garbage is put in far ahead', forge('far ahead')],
  ['an entry under another key is put in far ahead', forge('far ahead under another key')],
  ['an entry of the owner is put in again', misplace],
  [
    'everything that is there is made garbage',
    ({ carrier }) => {
      for (const { seq } of carrier.streams.get(SESSION)?.entries ?? [])
        carrier.tamper(SESSION, seq, Buffer.alloc(90))
    },
  ],
  [
    'the carrier goes down and returns',
    async ({ carrier, owner, origin, clock }) => {
      carrier.down()
      await owner.count(40)
      await clock.advance(20_000)
      carrier.up()
      owner.outlets.resume()
      origin.watches.resume()
    },
  ],
  [
    'the carrier goes down, and returns empty',
    async ({ carrier, owner, origin, clock }) => {
      carrier.down()
      await owner.count(3000)
      await clock.advance(2000)
      carrier.empty()
      carrier.up()
      owner.outlets.resume()
      origin.watches.resume()
    },
  ],
  [
    'only the watching computer is cut off',
    async ({ owner, origin, clock }) => {
      origin.link.down()
      await owner.count(40)
      await clock.advance(2000)
      origin.link.up()
      origin.watches.resume()
    },
  ],
  [
    'only the owner is cut off',
    async ({ owner, clock }) => {
      owner.link.down()
      await owner.count(40)
      await clock.advance(2000)
      owner.link.up()
      owner.outlets.resume()
    },
  ],
  ['the reply to an append is lost', ({ owner }) => owner.link.loseNextReply()],
  [
    'the carrier freezes for a while',
    async ({ carrier, owner, clock }) => {
      carrier.freeze()
      await owner.count(40)
      await clock.advance(20_000)
      carrier.thaw()
    },
  ],
  ["the owner's daemon restarts", ({ owner }) => owner.restart()],
  [
    'all renewals are lost',
    async ({ origin, owner, clock }) => {
      origin.isMute = true
      await clock.advance(60_000)
      await owner.count(10)
      origin.isMute = false
    },
  ],
  [
    'the owner is asked to begin the stream anew',
    ({ owner }) => void owner.outlets.subscribe(SESSION, 'alpha', owner.journal.head(SESSION), true),
  ],
]

it.each(faults)('brings every line once and in order while %s', async (_what, happen) => {
  const computers = watchedComputers()
  const { clock, carrier, owner, origin } = computers
  await owner.count(20)
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  for (let round = 0; round < 3; round++) {
    await owner.count(30)
    await happen(computers)
    await owner.count(30)
    await clock.advance(0)
    carrier.up()
    owner.outlets.resume()
    await inTime(clock, () => watched.text.length >= linesUpTo(owner.counted).length, 'all lines')
  }
  expect(watched.text).toBe(linesUpTo(owner.counted))
  expect(watched.entries.map(({ seq }) => seq)).toEqual(watched.entries.map((_entry, index) => index + 1))
})

it('goes on at once when it is known that the owner has another daemon', async () => {
  const { owner, origin } = watchedComputers()
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  await owner.restart()
  await owner.count(10)
  origin.watches.ownerReturned('gamma')
  expect(owner.outlets.open).toBe(0)
  origin.watches.ownerReturned('beta')
  await until(() => watched.text === linesUpTo(10), 'the lines')
  await until(() => owner.outlets.open === 1, 'the subscription')
})

it('asks at once for what may have been lost with a connection, and reads on behind it', async () => {
  const { clock, carrier, owner, origin } = watchedComputers()
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  origin.link.down()
  await owner.count(5)
  await clock.advance(0)
  carrier.trimStream(SESSION, 0)
  origin.link.up()
  await until(() => watched.text === linesUpTo(5), 'what was lost')
  const asked = origin.asked.length
  await owner.count(5)
  await until(() => watched.text === linesUpTo(10), 'what comes then')
  expect(origin.asked.length).toBe(asked)
})

it('does not wait any longer once the carrier has returned', async () => {
  const { clock, owner, origin } = watchedComputers()
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  await owner.restart()
  owner.refusal = new TeleclaudeError('TC_ERR_COMPUTER_OFFLINE', 'beta is away')
  await clock.advance(20_000)
  await owner.count(5)
  owner.refusal = null
  origin.watches.resume()
  await until(() => watched.text === linesUpTo(5), 'the lines')
})

it('takes once what both the stream and the owner bring', async () => {
  const { owner, origin } = watchedComputers()
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  const { watch } = owner
  let answer = () => {}
  const held = new Promise<void>(resolve => {
    answer = resolve
  })
  owner.watch = async (...asked) => {
    await held
    return await watch(...asked)
  }
  origin.watches.resume()
  await owner.count(5)
  await until(() => watched.text === linesUpTo(5), 'what the stream brings')
  answer()
  await owner.count(5)
  await until(() => watched.text.length >= linesUpTo(10).length, 'what comes then')
  expect(watched.text).toBe(linesUpTo(10))
  const another = origin.watch()
  await until(() => another.text.length >= linesUpTo(10).length, 'what is kept here')
  expect(another.text).toBe(linesUpTo(10))
  expect(origin.asked.length).toBe(2)
})

it('soon reads the stream again after strangers wrote to it', async () => {
  const computers = watchedComputers()
  const { clock, owner, origin } = computers
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  for (let times = 0; times < 5; times++) forge('garbage')(computers)
  await clock.advance(40_000)
  const asked = origin.asked.length
  await owner.count(10)
  await until(() => watched.text === linesUpTo(10), 'the lines')
  expect(origin.asked.length).toBe(asked)
})

it('does not ask without pause while strangers keep writing', async () => {
  const computers = watchedComputers()
  const { clock, owner, origin } = computers
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  for (let times = 0; times < 200; times++) {
    forge('garbage')(computers)
    await owner.count(1)
    await clock.advance(50)
  }
  expect(origin.asked.length).toBeLessThan(60)
  await inTime(clock, () => watched.text === linesUpTo(200), 'the lines')
})

it('says with a gap what went with the journal of an owner that was made anew, and goes on', async () => {
  const { clock, owner, origin } = watchedComputers()
  await owner.count(5)
  const watched = origin.watch()
  await until(() => watched.text === linesUpTo(5), 'the first lines')
  await owner.restart('a new database')
  await owner.count(5)
  await inTime(clock, () => watched.text === linesUpTo(10), 'the later lines')
  expect(watched.entries.filter(({ kind }) => kind === 'gap')).toMatchObject([{ reason: 'epoch' }])
  await owner.count(1)
  await until(() => watched.text === linesUpTo(11), 'what is printed then')
  expect(watched.items.at(-1)?.cursor).toBe(owner.journal.cursor(SESSION))
})

it('says with a gap what the owner no longer keeps', async () => {
  const { clock, carrier, owner, origin } = watchedComputers({ retention: { liveBytes: 20_000 } })
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  carrier.down()
  await owner.count(2000)
  carrier.up()
  owner.outlets.resume()
  origin.watches.resume()
  await inTime(clock, () => watched.text.endsWith(linesUpTo(2000, 2000)), 'the last line')
  const [gap, next] = watched.entries
  expect(gap).toMatchObject({ kind: 'gap', reason: 'retention', fromSeq: 1 })
  expect(watched.text).toBe(linesUpTo(2000, next?.seq))
})

it('outlives an owner that is away, but not one that refuses', async () => {
  const { clock, owner, origin } = watchedComputers()
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  owner.refusal = new TeleclaudeError('TC_ERR_COMPUTER_OFFLINE', 'beta is away')
  await clock.advance(60_000)
  await owner.count(3)
  owner.refusal = null
  await inTime(clock, () => watched.text === linesUpTo(3), 'the lines')
  owner.refusal = new TeleclaudeError('TC_ERR_FORBIDDEN', 'session.watch needs the scope')
  owner.outlets.expel('alpha')
  await owner.count(3)
  await clock.advance(20_000)
  await expect(watched.end).rejects.toMatchObject({ code: 'TC_ERR_FORBIDDEN' })
  expect(watched.text).toBe(linesUpTo(3))
})

it('of a session that is followed refuses a new watch at once while nothing can be reached', async () => {
  const { owner, origin } = watchedComputers()
  const watched = origin.watch()
  await until(() => owner.outlets.open === 1, 'the subscription')
  origin.link.down()
  await expect(origin.watch().end).rejects.toMatchObject({ code: 'TC_ERR_TRANSPORT' })
  origin.link.up()
  origin.watches.resume()
  await owner.count(1)
  await until(() => watched.text === linesUpTo(1), 'the line')
})
