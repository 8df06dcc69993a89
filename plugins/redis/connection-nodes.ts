import type { Cluster, Redis } from 'ioredis'

/** The one node there is outside a cluster. */
export const ONLY_NODE = ''

/** The nodes that hold keys, as a client knows them. */
export interface Nodes {
  /** By `host:port`. */
  all(): readonly string[]
  of(key: string): string
  /** The connections to them. */
  clients(): readonly Redis[]
  /** Settles when the node has answered. */
  ping(node: Redis): Promise<void>
  /** Calls back when one of them is lost. */
  onLost(listener: () => void): void
}

export function nodesOf(client: Redis | Cluster, slotOf: (key: string) => number): Nodes {
  return 'slots' in client ? clusterNodes(client, slotOf) : onlyNode(client)
}

function onlyNode(redis: Redis): Nodes {
  return {
    all: () => [ONLY_NODE],
    of: () => ONLY_NODE,
    clients: () => [redis],
    ping: async node => void (await node.ping()),
    onLost: listener => void redis.once('end', listener),
  }
}

function clusterNodes(cluster: Cluster, slotOf: (key: string) => number): Nodes {
  const all = () => [...new Set(cluster.slots.flatMap(([master]) => master ?? []))]
  return {
    all,
    of: key => cluster.slots[slotOf(key)]?.[0] ?? ONLY_NODE,
    clients: () => cluster.nodes('master'),
    ping: pingNode,
    onLost(listener) {
      cluster.once('end', listener)
      cluster.on('-node', ({ options }: Redis) => {
        if (all().includes(`${options.host}:${options.port}`)) listener()
      })
    },
  }
}

/** A node answers also while it knows that the cluster is down; then it refuses commands on keys. */
async function pingNode(node: Redis): Promise<void> {
  const info = await node.cluster('INFO')
  if (!String(info).includes('cluster_state:ok')) throw new Error('cluster_state is not ok')
}
