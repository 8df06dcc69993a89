import { expect, test } from 'vitest'
import { computersList } from '../../../plugins/registry/computers.ts'
import { peerComputer } from '../../../plugins/registry/peer-computer.ts'
import { samplePeer } from './sample-peer.ts'

const facts = {
  load: { cpu_1m: 0.5, cores: 8, memory_total: 100, memory_free: 50 },
  sessions: { running: 3 },
  platform: 'linux',
  capabilities: { kinds: ['shell'], shells: ['bash'], agents: [] },
}

test('another computer is listed with what its heartbeat says', () => {
  expect(peerComputer(samplePeer(facts))).toEqual({
    name: 'workstation',
    status: 'online',
    self: false,
    problem: null,
    version: '1.2.3',
    protocol: { min: 1, max: 2 },
    ...facts,
    clock_skew_ms: -40,
    last_seen: 1000,
  })
})

test('of one that is offline nobody knows load and sessions; what it can do is still known', () => {
  expect(peerComputer(samplePeer(facts, { status: 'offline' }))).toMatchObject({
    status: 'offline',
    load: null,
    sessions: null,
    platform: 'linux',
    capabilities: facts.capabilities,
  })
})

test('fields of a newer version are left out', () => {
  const newer = {
    ...facts,
    load: { ...facts.load, gpu: 1 },
    capabilities: { ...facts.capabilities, vr: true },
  }
  expect(peerComputer(samplePeer(newer))).toEqual(peerComputer(samplePeer(facts)))
})

test.each([
  ['nothing', {}],
  ['other types', { load: 'high', sessions: [], platform: 7, capabilities: 'all' }],
  ['numbers that are none', { load: { ...facts.load, cores: -1 }, sessions: { running: 0.5 } }],
  ['hostile text', { platform: '\x1b[2J', capabilities: null }],
])('facts that say %s are null, and the rest of the computer is listed', (_what, said) => {
  const listed = peerComputer(samplePeer(said))
  expect(listed).toMatchObject({ load: null, sessions: null, platform: null, capabilities: null })
  expect(computersList.output.safeParse({ computers: [listed] }).success).toBe(true)
})

test('lists that are too long, or hold more than names, are empty', () => {
  const capabilities = { kinds: Array(65).fill('shell'), shells: ['bash', 'x y'], agents: ['claude-code'] }
  expect(peerComputer(samplePeer({ capabilities })).capabilities).toEqual({
    kinds: [],
    shells: [],
    agents: ['claude-code'],
  })
})

test('a version is a word, and one that never sent a heartbeat has none', () => {
  const { heartbeat } = samplePeer()
  const odd = samplePeer({}, { heartbeat: heartbeat && { ...heartbeat, version: 'a b\n' } })
  expect(peerComputer(odd).version).toBeNull()
  expect(peerComputer(samplePeer({}, { heartbeat: null }))).toMatchObject({ version: null, protocol: null })
})

test('a revoked one says what to do about it', () => {
  const { problem } = peerComputer(samplePeer({}, { status: 'revoked' }))
  expect(problem).toContain('teleclaude peers trust workstation')
})
