import { beforeEach } from 'vitest'
import { type HeartbeatFacts, sealHeartbeat } from '../../../core/mesh/heartbeat.ts'
import { createMeshIdentity } from '../../../core/mesh/identity.ts'
import { meshSecret } from '../../../core/mesh/mesh-secret.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import type { Announcement } from '../../../core/transport.ts'
import { MemoryCarrier } from '../../support/memory-carrier.ts'
import { type MeshComputer, meshComputer, SECRET } from '../../support/mesh-computer.ts'

export const TTL_MS = 60_000
export const OTHER_SECRET = 'another secret, of somebody else entirely'

/** What each test begins with: one computer, of whose peers it says what they announce. */
export let clock: FakeClock
export let carrier: MemoryCarrier
export let alpha: MeshComputer
beforeEach(() => {
  clock = new FakeClock()
  carrier = new MemoryCarrier()
  alpha = meshComputer(carrier, 'alpha', { clock })
})

export const keyOf = (seed: string) => createMeshIdentity(Buffer.alloc(32, seed)).publicKey

/** A heartbeat of `beta` as it comes, unless something else is said. */
export function heartbeat(fields: Partial<HeartbeatFacts> = {}): HeartbeatFacts {
  return {
    name: 'beta',
    version: '1.2.3',
    protocol: { min: 1, max: 1 },
    public_key: Buffer.from(keyOf('b')).toString('base64'),
    instance: 'an-instance',
    boot: 'boot-1',
    previous_boot: null,
    machine_boot: 'machine',
    at: clock.now(),
    facts: {},
    ...fields,
  }
}

export function announced(fields: Partial<HeartbeatFacts> = {}, secret = SECRET): Announcement {
  const said = heartbeat(fields)
  return {
    computer: said.name,
    heartbeat: sealHeartbeat(said, [meshSecret(secret)]),
    lastSeen: said.at,
  }
}

export const gone = (computer = 'beta'): Announcement => ({
  computer,
  heartbeat: null,
  lastSeen: clock.now(),
})
export const other = { public_key: Buffer.from(keyOf('x')).toString('base64') }
export const beta = (of = alpha) => of.peers.find('beta')

/** The same state folder, after a restart of the daemon; it is `alpha` from then on. */
export function restarted(): MeshComputer {
  alpha.kill()
  alpha = meshComputer(carrier, 'alpha', { clock, dir: alpha.dir })
  return alpha
}
