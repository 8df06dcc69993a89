import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { systemClock } from '../../../core/clock.ts'
import { createHookPoints } from '../../../core/host/hook-points.ts'
import { randomId } from '../../../core/ids.ts'
import { createLogger } from '../../../core/log.ts'
import { createMeshStore } from '../../../core/mesh/create-mesh-store.ts'
import { createHeart, type Heart } from '../../../core/mesh/heart.ts'
import { type HeartbeatFacts, sealHeartbeat } from '../../../core/mesh/heartbeat.ts'
import { createMeshIdentity } from '../../../core/mesh/identity.ts'
import { createMeshSecrets } from '../../../core/mesh/mesh-secrets.ts'
import { PROTOCOL } from '../../../core/mesh/messages.ts'
import { createPeers } from '../../../core/mesh/peers.ts'
import { openStore } from '../../../core/store/store.ts'
import { until } from '../../../core/testing/until.ts'
import { createClients } from '../../../plugins/redis/connection-clients.ts'
import { createLink } from '../../../plugins/redis/connection-link.ts'
import { createKeys, type Keys } from '../../../plugins/redis/keys.ts'
import { redisOptions } from '../../../plugins/redis/options.ts'
import { createPresence } from '../../../plugins/redis/presence.ts'

const SECRET = 'a secret of the benchmarks that is long enough for a mesh'
const DAY_MS = 86_400_000
const SELF = 'self'
/** About what the plugins of a daemon say. */
const FACTS = {
  load: { sessions: 3, cpu: 0.5, memory: 0.4 },
  projects_digest: 'x'.repeat(64),
  more: 'x'.repeat(400),
}

/** One computer whose heart beats in this process, among others of which there are only heartbeats. */
export interface SimulatedMesh extends AsyncDisposable {
  readonly heart: Heart
  /** All others announce themselves anew, as they do between two beats. */
  othersBeat(): Promise<void>
  /** Reads what a listing reads, and does nothing with it. */
  readBare(): Promise<void>
}

export async function simulateMesh(url: string, others: number): Promise<SimulatedMesh> {
  await using starting = new AsyncDisposableStack()
  const options = redisOptions.parse({ url, prefix: `bench-${others}:` })
  const keys = createKeys(options.prefix)
  const [clock, log] = [systemClock, createLogger({ level: 'silent' })]
  const clients = await createClients(options, SELF)
  const link = createLink({ clients, proofKey: keys.wake(SELF), clock, log })
  starting.defer(() => link.close())
  const store = openTempStore(starting)
  const meshStore = createMeshStore(store)
  const secrets = createMeshSecrets({ current: SECRET, store: meshStore, clock })
  const presence = createPresence({ link, keys, options, clock })
  const common = {
    self: SELF,
    store: meshStore,
    secrets,
    protocol: PROTOCOL,
    forgetAfterMs: DAY_MS,
    clock,
    log,
  }
  const peers = createPeers({ ...common, newPeersAllow: '*', ttlMs: () => presence.ttlMs })
  const heart = createHeart({
    ...common,
    ...{ peers, presence, transport: link, boot: randomId(16), machineBoot: 'bench' },
    identity: createMeshIdentity(randomBytes(32)),
    hookPoints: createHookPoints({ clock, log }),
    onMembership() {},
  })
  const redis = new Redis(url)
  starting.defer(() => redis.disconnect())
  await until(() => link.state.up, 'a connection to Redis')
  const all = Array.from({ length: others }, (_, number) => newComputer(`peer-${number}`))
  const running = starting.move()
  return {
    heart,
    async othersBeat() {
      const pipeline = redis.pipeline()
      for (const one of all) {
        const sealed = Buffer.from(sealHeartbeat({ ...one, at: clock.now() }, secrets.all()))
        pipeline.set(keys.computer(one.name), sealed, 'PX', presence.ttlMs)
        pipeline.zadd(keys.computers, clock.now(), one.name)
      }
      await pipeline.exec()
    },
    readBare: () => readBare(redis, keys),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function openTempStore(starting: AsyncDisposableStack) {
  const dir = mkdtempSync('/tmp/tc-')
  starting.defer(() => rmSync(dir, { recursive: true }))
  const log = createLogger({ level: 'silent' })
  const store = openStore({ file: join(dir, 'mesh.db'), clock: systemClock, log })
  starting.defer(() => store.close())
  return store
}

function newComputer(name: string): Omit<HeartbeatFacts, 'at'> {
  const { publicKey } = createMeshIdentity(randomBytes(32))
  return {
    name,
    version: '1.0.0',
    protocol: PROTOCOL,
    public_key: Buffer.from(publicKey).toString('base64'),
    instance: randomId(16),
    boot: randomId(16),
    previous_boot: null,
    machine_boot: 'bench',
    facts: FACTS,
  }
}

async function readBare(redis: Redis, keys: Keys): Promise<void> {
  const rows = await redis.zrevrange(keys.computers, 0, -1, 'WITHSCORES')
  await redis.mgetBuffer(rows.filter((_, index) => index % 2 === 0).map(keys.computer))
}
