import type { Finding } from '../../core/index.ts'

/** What INFO tells of a server, as far as it matters here. */
export interface ServerFacts {
  readonly version: string
  readonly mode: string
  readonly role: string
  /** Of a replica: `host:port` of its master. */
  readonly master: string | null
  readonly usedBytes: number
  /** 0 is no limit. */
  readonly maxBytes: number
  readonly policy: string
}

type Told = Pick<Finding, 'state' | 'message'> & { readonly fix: string }

/** The first with all that is done to streams here. */
const OLDEST = [6, 2] as const
/** What is left above is filled by a few large answers, or one night of heartbeats and mail for a computer that is off. */
const NEARLY_FULL = 0.9
const MIB = 1024 * 1024

export const GIVE_CLUSTER = "In place of url write: cluster: [{ host: '…' }, …]"

/** Reads the answer to INFO. */
export function serverFacts(info: string): ServerFacts {
  const fields = new Map(
    info.split(/\r?\n/).map(line => line.split(/:(.*)/s).slice(0, 2) as [string, string]),
  )
  const field = (name: string) => fields.get(name) ?? ''
  return {
    version: field('redis_version'),
    mode: field('redis_mode'),
    role: field('role'),
    master: field('master_host') && `${field('master_host')}:${field('master_port')}`,
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')),
    policy: field('maxmemory_policy'),
  }
}

/** What will go wrong at a server that can be used now. @param cli how a person reaches it with redis-cli */
export function judgeServer(facts: ServerFacts, isCluster: boolean, cli: string): readonly Told[] {
  const { version, mode, usedBytes, maxBytes, policy } = facts
  const found: (Told | false)[] = [
    isOld(version) && {
      state: 'fail',
      message: `is Redis ${version}; ${OLDEST.join('.')} or later is needed`,
      fix: 'Install a newer Redis, or give the address of one',
    },
    mode === 'cluster' &&
      !isCluster && {
        state: 'warn',
        message: 'is a node of a cluster: keys that other nodes have cannot be reached through it',
        fix: GIVE_CLUSTER,
      },
    maxBytes > 0 &&
      policy !== 'noeviction' && {
        state: 'warn',
        message: `forgets what it holds when its memory is full (maxmemory-policy ${policy}), and so messages that nobody has read`,
        fix: `${cli} CONFIG SET maxmemory-policy noeviction`,
      },
    maxBytes > 0 &&
      usedBytes >= NEARLY_FULL * maxBytes && {
        state: 'warn',
        message: `uses ${inMib(usedBytes)} of the ${inMib(maxBytes)} that it may (maxmemory)`,
        fix: moreMemory(facts, cli),
      },
  ]
  return found.filter(one => one !== false)
}

/** What gives a server twice the memory. */
export function moreMemory({ maxBytes }: Pick<ServerFacts, 'maxBytes'>, cli: string): string {
  return `See what fills it (${cli} --memkeys), or give it more: ${cli} CONFIG SET maxmemory ${Math.ceil((2 * maxBytes) / MIB)}mb`
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST
  return version !== '' && (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
}

function inMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`
}
