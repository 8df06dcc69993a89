import { z } from 'zod'
import { computerName } from '../config/computer-name.ts'
import { TeleclaudeError } from '../errors.ts'
import type { Services } from '../host/service.ts'
import { defineOperation } from '../operations/operation.ts'
import { MeshService } from './mesh.ts'
import type { Peer } from './peer.ts'
import { type Peers, PeersService } from './peers.ts'

const time = z.number().describe('Milliseconds since the Unix epoch.')

const peer = z.strictObject({
  name: z.string(),
  status: z.enum(['online', 'offline', 'incompatible', 'refused', 'revoked']),
  problem: z.string().nullable().describe('What is wrong with it and what to do about it.'),
  allow: z.union([z.literal('*'), z.array(z.string())]).describe('What it may do here; * is everything.'),
  fingerprint: z.string().describe('Of the key that is known here.'),
  refused_fingerprint: z.string().nullable().describe('Of another key that was announced under its name.'),
  version: z.string().nullable().describe('Of its program.'),
  first_seen: time,
  last_seen: time,
  clock_skew_ms: z
    .number()
    .nullable()
    .describe('How far its clock is ahead, in milliseconds; null while it was not measured.'),
})

/** A peer as `peers.list` returns it. */
export type PeerFacts = z.output<typeof peer>

const name = computerName.describe('The name of the other computer.')

export const peersList = defineOperation({
  name: 'peers.list',
  summary: 'Lists the other computers with their keys, and what each may do here.',
  input: z.strictObject({}),
  output: z.strictObject({
    fingerprint: z.string().nullable().describe("Of this computer's own key."),
    peers: z.array(peer),
    strangers: z.int().describe('How many computers announce themselves with another mesh secret.'),
  }),
  scope: 'computers:read',
  idempotent: true,
  at: 'here',
  mcp: false,
  cli: { words: 'peers list' },
  async run(_input, { services }) {
    const peers = peersOf(services)
    const mesh = services.find(MeshService)
    await mesh?.refresh(1000)
    return {
      fingerprint: mesh?.fingerprint ?? null,
      peers: peers.list().map(factsOf),
      strangers: peers.strangers,
    }
  },
})

export const peersTrust = defineOperation({
  name: 'peers.trust',
  summary: 'Lets another computer do everything here.',
  input: z.strictObject({ peer: name }),
  output: peer,
  scope: 'daemon:admin',
  idempotent: true,
  at: 'here',
  mcp: false,
  cli: { words: 'peers trust', positional: ['peer'] },
  run: async (input, { services }) => factsOf(peersOf(services).limit(input.peer, '*')),
})

export const peersLimit = defineOperation({
  name: 'peers.limit',
  summary: 'Says what another computer may do here, and nothing else.',
  input: z.strictObject({
    peer: name,
    scopes: z
      .array(z.string().max(65))
      .min(1)
      .max(100)
      .describe('What it may do: computers:read, sessions:read, sessions:start …; * is everything.'),
  }),
  output: peer,
  scope: 'daemon:admin',
  idempotent: true,
  at: 'here',
  mcp: false,
  cli: { words: 'peers limit', positional: ['peer', 'scopes...'] },
  async run(input, { services }) {
    const allow = input.scopes.includes('*') ? '*' : input.scopes
    return factsOf(peersOf(services).limit(input.peer, allow))
  },
})

export const peersRevoke = defineOperation({
  name: 'peers.revoke',
  summary: 'Does nothing more that another computer asks.',
  input: z.strictObject({ peer: name }),
  output: z.strictObject({ ...peer.shape, advice: z.string().describe('What to do besides.') }),
  scope: 'daemon:admin',
  idempotent: true,
  at: 'here',
  mcp: false,
  cli: { words: 'peers revoke', positional: ['peer'] },
  async run(input, { services }) {
    const revoked = peersOf(services).revoke(input.peer)
    const advice =
      `'${revoked.name}' still knows the mesh secret, and could come back under another name with another key. ` +
      'Change the secret: teleclaude mesh rotate --grace-hours 0. Other computers decide for themselves: revoke it there as well.'
    return { ...factsOf(revoked), advice }
  },
})

export const peersReplace = defineOperation({
  name: 'peers.replace',
  summary:
    'Takes the key that another computer has now in the place of the one it had, e.g. after a reinstallation.',
  input: z.strictObject({
    peer: name,
    fingerprint: z
      .string()
      .max(100)
      .describe("Of its new key: what 'peers list' shows there as its own. Another key is not taken."),
  }),
  output: peer,
  scope: 'daemon:admin',
  idempotent: false,
  at: 'here',
  mcp: false,
  cli: { words: 'peers replace', positional: ['peer', 'fingerprint'] },
  async run({ peer: replaced, fingerprint }, { services }) {
    const peers = peersOf(services)
    const refused = peers.find(replaced)?.refusedFingerprint
    // Between what a person read and what they typed, somebody else may have announced a key.
    if (refused && refused !== fingerprint) throw notThatKey(replaced, refused, fingerprint)
    return factsOf(peers.replace(replaced))
  },
})

function peersOf(services: Services): Peers {
  const peers = services.find(PeersService)
  if (peers) return peers
  throw new TeleclaudeError(
    'TC_ERR_NO_TRANSPORT',
    'this computer is alone: its configuration has no mesh secret. `teleclaude init --mesh` makes one, `teleclaude init --join` takes that of your other computers.',
  )
}

function notThatKey(name: string, refused: string, given: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `'${name}' announces itself with the key ${refused}, not ${given}. Compare with what 'teleclaude peers list' shows on '${name}' as its own.`,
  )
}

function factsOf(one: Peer): PeerFacts {
  return {
    name: one.name,
    status: one.status,
    problem: one.problem,
    allow: one.allow === '*' ? '*' : [...one.allow],
    fingerprint: one.fingerprint,
    refused_fingerprint: one.refusedFingerprint,
    version: one.heartbeat?.version ?? null,
    first_seen: one.firstSeen,
    last_seen: one.lastSeen,
    clock_skew_ms: one.clockSkewMs,
  }
}
