import type { Cluster, Redis } from 'ioredis'
import { type CheckupContext, type Finding, randomId, shellQuote, withDeadline } from '../../core/index.ts'
import { type Refusals, tryCommands } from './checkup-commands.ts'
import { type Place, placeOf, whatToDo } from './checkup-place.ts'
import { judgeServer, type ServerFacts, serverFacts } from './checkup-server.ts'
import { createClients, type RedisClients } from './connection-clients.ts'
import { causeOf } from './connection-life.ts'
import { nodesOf } from './connection-nodes.ts'
import { faultOf, type RedisFault } from './faults.ts'
import type { RedisOptions } from './options.ts'

const name = 'redis'

type Look = Pick<CheckupContext, 'computer' | 'commandLine' | 'clock' | 'signal' | 'health'>

/** Connects as the daemon does, and says what keeps Redis from being used, or will. Leaves nothing there. */
export async function checkRedis(options: RedisOptions, context: Look): Promise<readonly Finding[]> {
  const { computer, commandLine, clock, signal, health } = context
  const clients = await createClients(options, computer)
  const client = clients.forCommands()
  const cause = causeOf(client)
  const giveUp = () => client.disconnect()
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    const looking = look(client, clients, placeOf(options), `${options.prefix}doctor:${randomId(12)}`)
    const seen = await withDeadline(clock, looking, clients.connectMs, () => new Error('timeout'))
    return judge(seen, cause, { server: clients.name, options, health, commandLine })
  } catch (thrown) {
    const fault = faultOf(cause(thrown))
    return [unusable(fault, [], { server: clients.name, options, health, commandLine })]
  } finally {
    signal.removeEventListener('abort', giveUp)
    client.disconnect()
  }
}

interface Seen {
  /** Of every node; empty where this user may not ask. */
  readonly facts: readonly ServerFacts[]
  readonly refusals: Refusals
}

async function look(
  client: Redis | Cluster,
  clients: RedisClients,
  { db }: Place,
  key: string,
): Promise<Seen> {
  await client.connect()
  const nodes = nodesOf(client, clients.slotOf)
  // A cluster connects to a node when it is first asked, and refuses the next question until it has.
  if ('slots' in client) await Promise.all(nodes.clients().map(node => nodes.ping(node)))
  const refusals = await tryCommands(client, key, db)
  const told = await Promise.all(nodes.clients().map(node => node.info().catch(() => null)))
  return { facts: told.flatMap(info => (info === null ? [] : [serverFacts(info)])), refusals }
}

interface Circumstances {
  /** As messages call it. */
  readonly server: string
  readonly options: RedisOptions
  /** What the daemon that runs says of it. */
  readonly health: string | null | undefined
  readonly commandLine: string
}

function judge(
  { facts, refusals }: Seen,
  cause: (thrown: unknown) => unknown,
  at: Circumstances,
): readonly Finding[] {
  const { server, options, health, commandLine } = at
  // Answers about the key itself, which is not there, are none.
  const fault = refusals.others.map(thrown => faultOf(cause(thrown))).find(({ kind }) => kind !== 'reply')
  if (fault) return [unusable(fault, facts, at)]
  const { operatorCli } = placeOf(options)
  const found = [
    ...forbidden(refusals, options),
    ...facts.flatMap(one => judgeServer(one, options.cluster !== undefined, operatorCli)),
  ].map(told => ({ name, ...told, message: `${server} ${told.message}` }))
  if (found.length > 0) return found
  if (typeof health === 'string') return [unlikeTheDaemon(server, health, commandLine)]
  const version = facts[0]
    ? ` (${facts[0].version})`
    : '; its version and memory were not looked at: this user may not INFO'
  return [{ name, state: 'ok', message: `${server} answers and takes writes${version}` }]
}

function forbidden({ commands, refusesKeys }: Refusals, options: RedisOptions) {
  const rules = [...(refusesKeys ? [`~${options.prefix}*`] : []), ...commands.map(command => `+${command}`)]
  if (rules.length === 0) return []
  const { operatorCli, username } = placeOf(options)
  const what = [
    ...(commands.length > 0 ? [`the commands ${commands.join(', ')}`] : []),
    ...(refusesKeys ? [`keys that begin with ${options.prefix}`] : []),
  ]
  const setUser = ['ACL', 'SETUSER', username, ...rules].map(shellQuote).join(' ')
  return [
    {
      state: 'fail' as const,
      message: `does not permit the user ${username} ${what.join(' and ')}`,
      fix: `As one who may: ${operatorCli} ${setUser}`,
    },
  ]
}

/** What the daemon would say, and what to type. */
function unusable(
  fault: RedisFault,
  facts: readonly ServerFacts[],
  { server, options, health }: Circumstances,
): Finding {
  const { state, fix, text } = whatToDo(fault, facts, options)
  const message = `${server} ${text}`
  if (health !== null) return { name, state, message, fix }
  return { name, state: 'warn', message: `The daemon is connected; from here, ${message}`, fix }
}

function unlikeTheDaemon(server: string, health: string, commandLine: string): Finding {
  return {
    name,
    state: 'warn',
    message: `${server} answers and takes writes here; the daemon says: ${health}`,
    fix: `Look again in some seconds. If it stays so, the daemon was started with other settings: ${commandLine} stop && ${commandLine} start --detach (sessions go on)`,
  }
}
