import { expect, it } from 'vitest'
import type { Epoch } from '../../../core/ids.ts'
import { StreamReading } from '../../../core/mesh/stream-reading.ts'
import { createStreamSeal, newStreamKey } from '../../../core/mesh/stream-seal.ts'
import type { EntrySink } from '../../../core/transport.ts'
import { output, SESSION } from '../../support/open-journal.ts'

const EPOCH = 'aaaabbbb' as Epoch

/** A reading after entry 10, and what it told. */
function reading() {
  const key = newStreamKey()
  const seal = createStreamSeal(SESSION, EPOCH, key)
  const told: string[] = []
  const events = {
    entries: (entries: readonly { seq: number }[]) => told.push(entries.map(({ seq }) => seq).join()),
    trouble: (trouble: string) => told.push(trouble),
    interrupted: () => told.push('interrupted'),
  }
  const reading = new StreamReading(SESSION, { epoch: EPOCH, key }, 10, events)
  let sink: EntrySink | null = null
  let isRead = true
  const transport = {
    readStream: (_session: unknown, _afterSeq: number, given: EntrySink) => {
      sink = given
      return {
        [Symbol.dispose]() {
          isRead = false
        },
      }
    },
  }
  reading.begin(transport, SESSION)
  const sealed = (seq: number, as = seq) => ({
    seq: as,
    bytes: seal.seal({ ...output('x'), seq, at: 0 }),
  })
  return {
    reading,
    told,
    sealed,
    bring: (...entries: ReturnType<typeof sealed>[]) => sink?.entries(entries),
    interrupt: () => sink?.interrupted(),
    isRead: () => isRead,
  }
}

it('tells of all entries that came together at once', () => {
  const { bring, sealed, told } = reading()
  bring(sealed(11), sealed(12), sealed(13))
  expect(told).toEqual(['11,12,13'])
})

it('takes no notice of what it has had', () => {
  const { bring, sealed, told, isRead } = reading()
  bring(sealed(9), sealed(10), sealed(11))
  bring(sealed(11))
  bring(sealed(10), sealed(11), sealed(12))
  expect(told).toEqual(['11', '12'])
  expect(isRead()).toBe(true)
})

it.each([
  ['a hole', 'hole', (sealed: ReturnType<typeof reading>['sealed']) => sealed(13)],
  [
    'an entry in the place of another',
    'forged',
    (sealed: ReturnType<typeof reading>['sealed']) => sealed(99, 12),
  ],
  ['garbage', 'forged', () => ({ seq: 2 ** 60, bytes: Buffer.from('x') })],
  ['garbage under no seq', 'forged', () => ({ seq: Number.NaN, bytes: Buffer.from('x') })],
  ['an entry under another key', 'stale', () => reading().sealed(12)],
])('at %s tells what came before it, and ends', (_what, trouble, spoilt) => {
  const { bring, sealed, told, isRead } = reading()
  bring(sealed(11), spoilt(sealed), sealed(12))
  bring(sealed(12))
  expect(told).toEqual(['11', trouble])
  expect(isRead()).toBe(false)
})

it('tells nothing once it is over', () => {
  const { reading: ended, bring, interrupt, sealed, told } = reading()
  interrupt()
  ended[Symbol.dispose]()
  interrupt()
  bring(sealed(11))
  expect(told).toEqual(['interrupted'])
})
