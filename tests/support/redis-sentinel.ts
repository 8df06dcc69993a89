import { type RedisServer, startRedis } from './redis-server.ts'
import { until } from './until.ts'

/** A master, its replica and a sentinel that watches them, all on 127.0.0.1. Disposing it ends them. */
export interface SentinelSet extends AsyncDisposable {
  /** The first one: a failover changes the roles, not these names. */
  readonly master: RedisServer
  readonly replica: RedisServer
  /** Makes the replica the master when the master has been gone for a second. */
  readonly sentinel: RedisServer
  /** What ioredis takes. */
  readonly sentinels: readonly { readonly host: string; readonly port: number }[]
  /** What ioredis takes: the name under which the sentinel knows the master. */
  readonly name: string
  /** Has the first replica made the master; settles when clients are told so. */
  failover(): Promise<void>
}

const NAME = 'mymaster'

export async function startSentinel(): Promise<SentinelSet> {
  await using started = new AsyncDisposableStack()
  const shared = { 'repl-diskless-sync-delay': 0 }
  const master = started.use(await startRedis({ tcp: 'plain', config: shared }))
  const config = { ...shared, replicaof: `127.0.0.1 ${master.port}` }
  const replica = started.use(await startRedis({ tcp: 'plain', config }))
  await says(replica, ['INFO', 'replication'], 'master_link_status:up')
  const sentinel = started.use(await startRedis({ tcp: 'plain', sentinel: true, config: watching(master) }))
  await sentinel.cli('SENTINEL', 'DEBUG', ...IMPATIENCE)
  await says(sentinel, ['SENTINEL', 'REPLICAS', NAME], 'master-link-status\nok')
  const processes = started.move()
  return {
    master,
    replica,
    sentinel,
    sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
    name: NAME,
    async failover() {
      await sentinel.cli('SENTINEL', 'FAILOVER', NAME)
      await says(sentinel, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME], `127.0.0.1\n${replica.port}`)
    },
    [Symbol.asyncDispose]: () => processes.disposeAsync(),
  }
}

function watching(master: RedisServer) {
  return {
    [`sentinel monitor ${NAME}`]: `127.0.0.1 ${master.port} 1`,
    [`sentinel down-after-milliseconds ${NAME}`]: 1000,
    [`sentinel failover-timeout ${NAME}`]: 3000,
  }
}

/**
 * It looks several times a second, and works on at once after it got no processor time for a while. Not more often:
 * a replica that was not heard of for five pings is not made a master.
 */
const IMPATIENCE = 'INFO-PERIOD 100 PING-PERIOD 200 ASK-PERIOD 200 PUBLISH-PERIOD 200 TILT-PERIOD 50'.split(
  ' ',
)

async function says(redis: RedisServer, command: readonly string[], text: string): Promise<void> {
  await until(async () => (await redis.cli(...command)).includes(text), `${command.join(' ')}: ${text}`)
}
