import {
  asTeleclaudeError,
  BoundedMap,
  type Clock,
  defineService,
  type ErrorCode,
  type Mesh,
  type Peer,
} from '../../core/index.ts'
import { projectsDigest } from './peer-computer.ts'
import type { ProjectList } from './projects.ts'

/** A list of projects, and how old it is. */
export interface KnownProjects extends ProjectList {
  /** Milliseconds since the Unix epoch. */
  readonly fetched_at: number
  /** It may have changed since. */
  readonly stale: boolean
}

/** The projects of other computers, each asked for when it says that they changed, and now and then. */
export interface PeerProjects {
  /** `ask` asks the computer. @throws whatever it throws, where nothing is known or the computer refuses */
  list(computer: string, ask: () => Promise<ProjectList>): Promise<KnownProjects>
}

/** Between the operations of this plugin and its state. */
export const PeerProjectsService = defineService<PeerProjects>('registry.peer-projects')

/** A computer is asked again even if it announced no change: folders come and go. */
const FRESH_MS = 600_000
/** However often somebody wants to know, a computer is asked at most so often. */
const COOLDOWN_MS = 10_000
/** More computers than anybody has, less than whoever knows the secret could make up. */
const MAX_COMPUTERS = 1000

/** What went wrong on the way; anything else is the computer's own answer. */
const ON_THE_WAY: readonly ErrorCode[] = [
  'TC_ERR_TRANSPORT',
  'TC_ERR_COMPUTER_OFFLINE',
  'TC_ERR_TIMEOUT',
  'TC_ERR_OUTCOME_UNKNOWN',
  'TC_ERR_BUSY',
]

interface Kept {
  readonly list: ProjectList
  readonly fetchedAt: number
  /** The digest that was announced then; it may be older than the list. */
  readonly announced: string | undefined
}

export function createPeerProjects(parts: {
  readonly mesh: Pick<Mesh, 'peers'>
  readonly clock: Clock
}): PeerProjects {
  const { mesh, clock } = parts
  const kept = new BoundedMap<string, Kept>(MAX_COMPUTERS)
  const askedAt = new BoundedMap<string, number>(MAX_COMPUTERS)
  const asking = new Map<string, Promise<Kept>>()

  const isFresh = ({ list, fetchedAt, announced }: Kept, peer: Peer | undefined): boolean => {
    const digest = peer && projectsDigest(peer)
    const isSame = digest === undefined || digest === list.digest || digest === announced
    return isSame && clock.now() - fetchedAt < FRESH_MS
  }
  const fetch = async (computer: string, ask: () => Promise<ProjectList>): Promise<Kept> => {
    const peer = peerNamed(mesh, computer)
    askedAt.set(computer, clock.monotonic())
    const fetched = { list: await ask(), fetchedAt: clock.now(), announced: peer && projectsDigest(peer) }
    kept.set(computer, fetched)
    return fetched
  }
  const fetchOnce = (computer: string, ask: () => Promise<ProjectList>): Promise<Kept> => {
    const running = asking.get(computer) ?? fetch(computer, ask).finally(() => asking.delete(computer))
    asking.set(computer, running)
    return running
  }
  const isCooling = (computer: string): boolean =>
    clock.monotonic() - (askedAt.get(computer) ?? Number.NEGATIVE_INFINITY) < COOLDOWN_MS

  return {
    async list(computer, ask) {
      const known = kept.get(computer)
      const peer = peerNamed(mesh, computer)
      if (known && peer?.status === 'offline') return shown(computer, known, true)
      if (known && isFresh(known, peer)) return shown(computer, known, false)
      if (known && isCooling(computer) && !asking.has(computer)) return shown(computer, known, true)
      try {
        return shown(computer, await fetchOnce(computer, ask), false)
      } catch (error) {
        if (!known || !ON_THE_WAY.includes(asTeleclaudeError(error).code)) throw error
        return shown(computer, known, true)
      }
    },
  }
}

function peerNamed(mesh: Pick<Mesh, 'peers'>, name: string): Peer | undefined {
  return mesh.peers().find(peer => peer.name === name)
}

function shown(computer: string, { list, fetchedAt }: Kept, stale: boolean): KnownProjects {
  return { ...list, computer, fetched_at: fetchedAt, stale }
}
