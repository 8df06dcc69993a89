import { type RedisServer, startRedis } from './redis-server.ts'
import { until } from './until.ts'

/** Three masters on 127.0.0.1 that share the slots. Disposing it ends them. */
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[]
  /** What ioredis takes as the start-up nodes of a cluster. */
  readonly startupNodes: readonly { readonly host: string; readonly port: number }[]
}

/** The slots of a cluster, in three parts. */
const SLOTS = [
  [0, 5460],
  [5461, 10922],
  [10923, 16383],
]

export async function startRedisCluster(): Promise<RedisCluster> {
  await using started = new AsyncDisposableStack()
  const nodes: RedisServer[] = []
  for (const _ of SLOTS) nodes.push(started.use(await startRedis({ tcp: 'plain', cluster: true })))
  await join(nodes)
  const processes = started.move()
  return {
    nodes,
    startupNodes: nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    [Symbol.asyncDispose]: () => processes.disposeAsync(),
  }
}

async function join(nodes: readonly RedisServer[]): Promise<void> {
  for (const [index, node] of nodes.entries()) {
    const slots = SLOTS[index] ?? []
    await node.cli('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
    await node.cli('CLUSTER', 'ADDSLOTSRANGE', ...slots.map(String))
    for (const { port, busPort } of nodes.slice(0, index)) {
      await node.cli('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort))
    }
  }
  for (const node of nodes) await until(() => isComplete(node, nodes.length), 'a complete cluster')
}

async function isComplete(node: RedisServer, size: number): Promise<boolean> {
  const info = await node.cli('CLUSTER', 'INFO')
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)
}
