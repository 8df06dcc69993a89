import { type ComputerFacts, type Peer, z } from '../../core/index.ts'

/** What another computer has said of itself. Each fact by itself: one that is malformed or too much is as good as none. */
export function peerComputer(peer: Peer): ComputerFacts {
  const { name, status, problem, heartbeat, clockSkewMs, lastSeen } = peer
  const facts = heartbeatFacts.parse(heartbeat?.facts ?? {})
  const isOnline = status === 'online'
  return {
    name,
    status,
    self: false,
    problem: problem ?? (status === 'revoked' ? revokedProblem(name) : null),
    version: versionText.parse(heartbeat?.version),
    protocol: heartbeat?.protocol ?? null,
    platform: facts.platform,
    capabilities: facts.capabilities,
    load: isOnline ? facts.load : null,
    sessions: isOnline ? facts.sessions : null,
    clock_skew_ms: clockSkewMs,
    last_seen: lastSeen,
  }
}

/** What a peer says that its list of projects has become; undefined if it says nothing. */
export function projectsDigest({ heartbeat }: Peer): string | undefined {
  return heartbeatFacts.parse(heartbeat?.facts ?? {}).projects_digest ?? undefined
}

function revokedProblem(name: string): string {
  return `It was revoked on this computer. If it is to be trusted again: teleclaude peers trust ${name}`
}

const MAX_NAMES = 64

const count = z.int().min(0)
const word = z.string().regex(/^[\w.+-]{1,64}$/)
const names = z.array(word).max(MAX_NAMES).catch([])
const versionText = word.nullable().catch(null)

/** What this plugin adds to heartbeats, as it comes from computers that may run another version of it. */
const heartbeatFacts = z.object({
  platform: word.nullable().catch(null),
  projects_digest: word.nullable().catch(null),
  capabilities: z.object({ kinds: names, shells: names, agents: names }).nullable().catch(null),
  sessions: z.object({ running: count }).nullable().catch(null),
  load: z
    .object({ cpu_1m: z.number().min(0), cores: count, memory_total: count, memory_free: count })
    .nullable()
    .catch(null),
})
