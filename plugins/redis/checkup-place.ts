import { type Finding, shellQuote } from '../../core/index.ts'
import { GIVE_CLUSTER, moreMemory, type ServerFacts } from './checkup-server.ts'
import type { RedisFault } from './faults.ts'
import type { RedisOptions } from './options.ts'
import { parseServerUrl } from './server-url.ts'

/** Where people find the same server by hand. */
export interface Place {
  /** redis-cli with all that leads there, but no password. */
  readonly redisCli: string
  /** The same for what changes the server's settings. */
  readonly operatorCli: string
  readonly username: string
  readonly db: number
}

export function placeOf(options: RedisOptions): Place {
  const { url, sentinels, cluster, tls } = options
  const parsed = url === undefined ? undefined : parseServerUrl(url)
  const address = typeof parsed === 'object' ? parsed : undefined
  const username = options.username ?? address?.username
  const hasPassword = (options.password ?? address?.password) !== undefined && !sentinels
  const [first] = sentinels ?? cluster ?? []
  const { host = first?.host, port = first?.port } = address ?? {}
  const where = [
    'redis-cli',
    ...(address?.path === undefined ? ['-h', host ?? '', '-p', String(port)] : ['-s', address.path]),
    ...(tls || address?.hasTls ? ['--tls'] : []),
    ...(cluster ? ['-c'] : []),
  ]
  const who = [
    ...(username !== undefined && !sentinels ? ['--user', username] : []),
    ...(hasPassword ? ['--askpass'] : []),
  ]
  const asText = (words: readonly string[]) => words.map(shellQuote).join(' ')
  return {
    redisCli: asText([...where, ...who]),
    operatorCli: asText(operator(sentinels !== undefined, username, where, who)),
    username: username ?? 'default',
    db: address?.db ?? 0,
  }
}

function operator(
  hasSentinels: boolean,
  username: string | undefined,
  where: readonly string[],
  who: readonly string[],
): readonly string[] {
  // The sentinels are not what is to be changed.
  if (hasSentinels) return ['redis-cli', '-h', 'MASTER']
  // A user of an ACL is mostly one that may not change the server.
  return username === undefined ? [...where, ...who] : where
}

interface Advice extends Pick<Finding, 'state'> {
  readonly text: string
  readonly fix: string
}

/** What a fault means to a person at the command line. @param facts of the server, where it told any */
export function whatToDo(fault: RedisFault, [facts]: readonly ServerFacts[], options: RedisOptions): Advice {
  const { redisCli, operatorCli } = placeOf(options)
  const { text } = fault
  if (facts?.mode === 'sentinel') {
    const fix = "In place of url write: sentinels: [{ host: '…' }], masterName: '…'"
    return { state: 'fail', text: 'is a sentinel, which knows where the master is, and holds nothing', fix }
  }
  const says = (state: Finding['state'], fix: string): Advice => ({ state, text, fix })
  switch (fault.reply) {
    case 'MOVED':
    case 'ASK':
      return says('fail', GIVE_CLUSTER)
    case 'LOADING':
    case 'BUSY':
      return says('warn', `Look again in a while: ${redisCli} INFO persistence`)
    case 'READONLY':
      return says('fail', facts?.master ? `Its master is ${facts.master}` : `${redisCli} INFO replication`)
    case 'OOM':
      return says('fail', facts ? moreMemory(facts, operatorCli) : `${operatorCli} CONFIG GET maxmemory`)
    case 'MISCONF':
      return says('fail', `${redisCli} INFO persistence`)
    default:
      return says(
        'fail',
        `To try by hand: ${redisCli} ${options.sentinels ? askedForMaster(options) : 'PING'}`,
      )
  }
}

function askedForMaster({ masterName = '' }: RedisOptions): string {
  return `SENTINEL get-master-addr-by-name ${shellQuote(masterName)}`
}
