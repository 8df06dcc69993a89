import { expect, test } from 'vitest'
import type { Epoch, SessionId } from '../../../core/ids.ts'
import type { Outlets } from '../../../core/mesh/outlets.ts'
import type { Peer, PeerStatus } from '../../../core/mesh/peer.ts'
import { onlyForReaders } from '../../../core/mesh/reading-right.ts'
import { createServe } from '../../../core/mesh/serve-request.ts'
import { newStreamKey } from '../../../core/mesh/stream-seal.ts'
import type { Scope } from '../../../core/principal.ts'

const SESSION = 'abcdefghijkl' as SessionId
const EPOCH = 'abcdefgh' as Epoch

/** A peer that a person can change, and outlets that write down who reads. */
function computer() {
  const done: string[] = []
  let peer: { status: PeerStatus; allow: readonly Scope[] | '*' } = { status: 'online', allow: '*' }
  const outlets: Pick<Outlets, 'subscribe' | 'renew' | 'release'> = {
    subscribe: (_session, name) => {
      done.push(`subscribe ${name}`)
      return { epoch: EPOCH, key: newStreamKey() }
    },
    renew: name => void done.push(`renew ${name}`),
    release: name => void done.push(`release ${name}`),
  }
  // Only these two fields decide who may read.
  const peers = { find: (name: string) => (name === 'macbook' ? (peer as Peer) : undefined) }
  return { done, outlets, peers, change: (changed: Partial<typeof peer>) => (peer = { ...peer, ...changed }) }
}

test.each([
  ['revoked', { status: 'revoked' }],
  ['refused', { status: 'refused' }],
  ['limited to what is not reading', { allow: ['sessions:start'] }],
] as const)('a computer that was %s while its page was read gets no key of the stream', async (_, change) => {
  const { done, outlets, peers, change: decide } = computer()
  const serve = createServe({
    ...{ peers, outlets, maxMessageBytes: 1e6 },
    bus: {
      async serve() {
        decide(change)
        return { cursor: `${EPOCH}.0`, at_end: true, running: true, state: 'ready' }
      },
    },
  })
  const body = {
    ...{ operation: 'session.watch', input: { session_id: SESSION }, surface: 'cli', caller: 'user:ada' },
    subscribe: true,
  }
  await expect(serve('macbook', 'r1', body, new AbortController().signal)).rejects.toMatchObject({
    code: 'TC_ERR_FORBIDDEN',
  })
  expect(done).toEqual([])
})

test('only who may read renews; everybody may stop', () => {
  const { done, outlets, peers, change } = computer()
  const guarded = onlyForReaders(outlets, peers)
  guarded.renew('macbook', [SESSION])
  guarded.renew('stranger', [SESSION])
  change({ allow: ['computers:read'] })
  guarded.renew('macbook', [SESSION])
  guarded.release('macbook', [SESSION])
  expect(done).toEqual(['renew macbook', 'release macbook'])
})
