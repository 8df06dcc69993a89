import type { Peer } from '../../../core/index.ts'

/** Another computer, online, as the mesh knows it; `facts` are what plugins added to its heartbeat. */
export function samplePeer(facts: Record<string, unknown> = {}, change: Partial<Peer> = {}): Peer {
  return {
    name: 'workstation',
    status: 'online',
    problem: null,
    publicKey: new Uint8Array(32),
    fingerprint: 'SHA256:x',
    refusedFingerprint: null,
    allow: '*',
    heartbeat: {
      name: 'workstation',
      version: '1.2.3',
      protocol: { min: 1, max: 2 },
      public_key: '',
      instance: 'i',
      boot: 'b',
      previous_boot: null,
      machine_boot: 'm',
      at: 0,
      facts,
    },
    firstSeen: 0,
    lastSeen: 1000,
    clockSkewMs: -40,
    ...change,
  }
}
