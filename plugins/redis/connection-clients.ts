import type { Cluster, ClusterOptions, RedisOptions as IoredisOptions, Redis } from 'ioredis'
import type { RedisOptions } from './options.ts'
import { parseServerUrl, type ServerAddress } from './server-url.ts'

/** After so long without traffic the system asks whether the other end is still there. */
const KEEP_ALIVE_MS = 10_000

/** What its constructors take under `exactOptionalPropertyTypes`. */
type ClientOptions = Omit<IoredisOptions, 'replyMapping'> & { replyMapping?: 'legacy' }

/** Makes clients that do not reconnect by themselves, queue nothing, and send nothing twice. */
export interface RedisClients {
  /** How messages call the server; without user and password. */
  readonly name: string
  /** How long connecting may take in all. */
  readonly connectMs: number
  /** The hash slot of a key, in a cluster. */
  slotOf(key: string): number
  /** For commands that do not block. */
  forCommands(): Redis | Cluster
  /** Of its own, to one node; no answer for `blockMs` is no fault. */
  toNode(node: string, purpose: string, blockMs: number): Redis
}

/** Loads ioredis, and nothing of it is loaded before. */
export async function createClients(options: RedisOptions, computer: string): Promise<RedisClients> {
  const ioredis = await import('ioredis')
  const { cluster, sentinels } = options
  const address = addressOf(options)
  const common = commonOptions(options, address)
  const named = (purpose: string): ClientOptions => ({
    ...common,
    retryStrategy: () => null,
    connectionName: `teleclaude:${computer}:${purpose}`,
  })
  return {
    name: serverName(options, address),
    connectMs:
      options.connectTimeoutMs * (sentinels ?? cluster ?? [address]).length + options.commandTimeoutMs,
    slotOf: key => new ioredis.Command('get', [key]).getSlot(),
    forCommands() {
      if (cluster) return new ioredis.Cluster([...cluster], clusterOptions(options, named('commands')))
      return new ioredis.Redis({ ...named('commands'), ...whereabouts(options, address) })
    },
    toNode(node, purpose, blockMs) {
      const where = cluster ? hostAndPort(node) : whereabouts(options, address)
      const socketTimeout = blockMs + options.commandTimeoutMs
      return new ioredis.Redis({ ...named(purpose), ...where, socketTimeout })
    },
  }
}

function addressOf({ url }: RedisOptions): ServerAddress | undefined {
  const address = url === undefined ? undefined : parseServerUrl(url)
  return typeof address === 'object' ? address : undefined // options with a wrong url were refused
}

function commonOptions(options: RedisOptions, address: ServerAddress | undefined): ClientOptions {
  const username = options.username ?? address?.username
  const password = options.password ?? address?.password
  const { tls } = options
  const hasTls = tls !== undefined || address?.hasTls === true
  // Said outright, because a variable of the environment could switch the checks off otherwise.
  const security = { ...tls, rejectUnauthorized: true }
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(hasTls && { tls: security, sentinelTLS: security, enableTLSForSentinelMode: true }),
    db: address?.db ?? 0,
    lazyConnect: true,
    connectTimeout: options.connectTimeoutMs,
    socketTimeout: options.commandTimeoutMs,
    // A server that is silent does not say goodbye either.
    disconnectTimeout: 0,
    keepAlive: KEEP_ALIVE_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
    // What every server, proxy and hosted service speaks; the other one brings nothing here.
    protocol: 2,
    disableClientInfo: true,
  }
}

function whereabouts(options: RedisOptions, address: ServerAddress | undefined): ClientOptions {
  const { sentinels, masterName, sentinelUsername, sentinelPassword } = options
  if (address?.path !== undefined) return { path: address.path }
  if (address?.host !== undefined) return { host: address.host, port: address.port ?? 6379 }
  return {
    sentinels: [...(sentinels ?? [])],
    ...(masterName !== undefined && { name: masterName }),
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    sentinelCommandTimeout: options.commandTimeoutMs,
    sentinelRetryStrategy: () => null,
    updateSentinels: false,
  }
}

function clusterOptions(
  options: RedisOptions,
  redisOptions: ClientOptions,
): ClusterOptions & { redisOptions: ClientOptions } {
  return {
    redisOptions,
    lazyConnect: true,
    clusterRetryStrategy: () => null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    slotsRefreshTimeout: options.commandTimeoutMs,
    // With these a command whose fate is unknown would be sent once more.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
  }
}

function hostAndPort(node: string): { host: string; port: number } {
  const colon = node.lastIndexOf(':')
  return { host: node.slice(0, colon), port: Number(node.slice(colon + 1)) }
}

function serverName(options: RedisOptions, address: ServerAddress | undefined): string {
  const { cluster, sentinels, masterName } = options
  const listed = (nodes: readonly { host: string; port: number }[]) =>
    nodes.map(({ host, port }) => `${host}:${port}`).join(', ')
  if (cluster) return `Redis (cluster of ${listed(cluster)})`
  if (sentinels) return `Redis (master '${masterName}' of the sentinels ${listed(sentinels)})`
  return `Redis (${address?.path ?? `${address?.host}:${address?.port}`})`
}
