import { expect, test } from 'vitest'
import type { Entry } from '../../../core/journal/entry.ts'
import { createCorrespondence } from '../../../core/mesh/correspondence.ts'
import { createEnvelopes, readHeader } from '../../../core/mesh/envelope.ts'
import type { Allowance } from '../../../core/mesh/peer.ts'
import { MemoryCarrier } from '../../support/memory-carrier.ts'
import { meet, meshComputer } from '../../support/mesh-computer.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { until } from '../../support/until.ts'

const NOTICE: Entry = {
  ...{ kind: 'notice', text: 'the agent asks', format: 'text', author: 'agent' },
  ...{ seq: 1, at: 0 },
}

/** What an owner tells beta, which may do so much there. */
async function toldTo(allow: Allowance): Promise<readonly (string | undefined)[]> {
  const carrier = new MemoryCarrier()
  const alpha = meshComputer(carrier, 'alpha')
  const beta = meshComputer(carrier, 'beta', { clock: alpha.clock })
  await meet(alpha, beta)
  alpha.peers.limit('beta', allow)
  const { name, boot, identity, peers, clock, link, logged } = alpha
  const envelopes = createEnvelopes({ name, boot, identity })
  const mail = createCorrespondence({ peers, envelopes, transport: link.transport, clock, log: logged.log })
  mail.tell('beta', sampleSession({ origin: 'beta' }))
  mail.tellNotice('beta', 'aaaabbbbcccc', NOTICE)
  mail.notify('beta', 'release', { sessions: [] })
  const kinds = () =>
    (carrier.mailboxes.get('beta') ?? []).map(({ bytes }) => (bytes ? readHeader(bytes)?.kind : undefined))
  await until(() => kinds().includes('release'), 'what came last')
  return kinds()
}

test('an origin that may read sessions is told how its own are', async () => {
  expect(await toldTo(['sessions:read'])).toEqual(['event', 'event', 'release'])
  expect(await toldTo('*')).toEqual(['event', 'event', 'release'])
})

test('an origin that may only start or type is not told what is in them', async () => {
  expect(await toldTo(['sessions:start', 'sessions:input'])).toEqual(['release'])
  expect(await toldTo([])).toEqual(['release'])
})
