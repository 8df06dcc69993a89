import { expect, test } from 'vitest'
import type { SessionId } from '../../../core/ids.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import type { Intake } from '../../../core/transport.ts'
import { MemoryCarrier } from '../../support/memory-carrier.ts'
import { until } from '../../support/until.ts'

const text = (value: string) => new TextEncoder().encode(value)
const session = 'aaaaaaaaaaaa' as SessionId

function twoComputers() {
  const carrier = new MemoryCarrier()
  const clock = new FakeClock()
  return { carrier, clock, a: carrier.connect('a', { clock }), b: carrier.connect('b', { clock }) }
}

function mailbox(position: string | null, refuse: (text: string) => string | null = () => null) {
  const taken: string[] = []
  const lost: string[] = []
  const intake: Intake = {
    position,
    async take({ bytes }) {
      const read = bytes ? new TextDecoder().decode(bytes) : 'null'
      taken.push(read)
      return refuse(read)
    },
    lost: what => lost.push(what),
  }
  return { intake, taken, lost }
}

test('mail is taken in order, after the position, and what is refused is among the dead letters', async () => {
  const { carrier, a, b } = twoComputers()
  for (const word of ['1', '2', 'bad', '4'])
    expect(await a.transport.send('b', text(word))).toBe(word === 'bad' ? '3' : word)
  const { intake, taken } = mailbox('1', read => (read === 'bad' ? 'no message' : null))
  using _reader = b.transport.receive(intake)
  await until(() => taken.length === 3)
  expect(taken).toEqual(['2', 'bad', '4'])
  expect(carrier.deadLetters('b')).toEqual([{ bytes: text('bad'), reason: 'no message' }])
})

test('what was trimmed unread is told as lost, and what comes after an outage is read', async () => {
  const { carrier, a, b } = twoComputers()
  const { intake, taken, lost } = mailbox(null)
  for (const word of ['1', '2', '3']) await a.transport.send('b', text(word))
  carrier.trimMailbox('b', 1)
  using _reader = b.transport.receive(intake)
  await until(() => taken.length === 1)
  expect(lost).toHaveLength(1)
  carrier.down()
  await expect(a.transport.send('b', text('4'))).rejects.toMatchObject({ code: 'TC_ERR_TRANSPORT' })
  carrier.up()
  a.loseNextReply()
  expect(await a.transport.send('b', text('5'))).toBeNull()
  await until(() => taken.length === 2)
  expect(taken).toEqual(['3', '5'])
})

test('a stream is read after a seq, and its reader is told when it may have lost something', async () => {
  const { carrier, a, b } = twoComputers()
  const seqs: number[] = []
  let interruptions = 0
  await a.transport.append(
    session,
    [1, 2, 3].map(seq => ({ seq, bytes: text(`${seq}`) })),
  )
  using _reader = b.transport.readStream(session, 1, {
    entries: entries => void seqs.push(...entries.map(({ seq }) => seq)),
    interrupted: () => void interruptions++,
  })
  await until(() => seqs.length === 2)
  await expect(a.transport.append(session, [{ seq: 3, bytes: text('x') }])).rejects.toThrow()
  carrier.freeze()
  const appended = a.transport.append(session, [{ seq: 4, bytes: text('4') }])
  carrier.thaw()
  await appended
  await until(() => seqs.length === 3)
  await a.transport.removeStream(session)
  await until(() => interruptions === 1)
  expect(seqs).toEqual([2, 3, 4])
})

test('a name is announced by compare-and-set, and expires', async () => {
  const { clock, a, b } = twoComputers()
  expect(await a.presence.announce('x', text('one'), null)).toBeNull()
  expect(await b.presence.announce('x', text('two'), null)).toEqual(text('one'))
  expect(await a.presence.announce('x', text('three'), text('one'))).toBeNull()
  await clock.advance(60_000)
  expect(await b.presence.list([])).toEqual([
    { computer: 'x', heartbeat: null, lastSeen: clock.now() - 60_000 },
  ])
  expect(await b.presence.announce('x', text('two'), null)).toBeNull()
})
