import { createHash, randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { systemClock } from '../../../core/clock.ts'
import { sealHeartbeat } from '../../../core/mesh/heartbeat.ts'
import { createMeshIdentity } from '../../../core/mesh/identity.ts'
import { meshSecret } from '../../../core/mesh/mesh-secret.ts'
import { PROTOCOL } from '../../../core/mesh/messages.ts'
import { SECRET } from '../../support/mesh.ts'
import type { RedisServer } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'

/** Longer than a test takes. */
const TTL_MS = 600_000

/** Computers that are nothing but their heartbeats. */
export class HeartbeatCrowd implements AsyncDisposable {
  readonly #redis: Redis
  readonly #secret = meshSecret(SECRET)

  constructor({ socketPath }: RedisServer) {
    this.#redis = new Redis(socketPath)
  }

  /** Announces each, as of now. */
  async announce(names: readonly string[]): Promise<void> {
    const pipeline = this.#redis.pipeline()
    for (const name of names) {
      pipeline.set(`teleclaude:computer:${name}`, this.#heartbeatOf(name), 'PX', TTL_MS)
      pipeline.zadd('teleclaude:computers', systemClock.now(), name)
    }
    await pipeline.exec()
  }

  /** How many commands Redis is given while so many beats are made by the one computer that beats by itself. */
  async callsOfBeats(beats: number): Promise<number> {
    const before = await this.#calls()
    const last = before.listings + beats
    const after = await until(async () => {
      const now = await this.#calls()
      return now.listings >= last ? now : null
    }, 'the beats')
    return after.all - before.all
  }

  /** Since the server was started, less those of this. */
  async #calls(): Promise<{ all: number; listings: number }> {
    const stats = await this.#redis.info('commandstats')
    const calls = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].filter(([, name]) => name !== 'info')
    return {
      all: calls.reduce((sum, [, , count]) => sum + Number(count), 0),
      listings: Number(calls.find(([, name]) => name === 'mget')?.[2] ?? 0),
    }
  }

  #heartbeatOf(name: string): Buffer {
    const id = () => randomBytes(12).toString('hex')
    const { publicKey } = createMeshIdentity(createHash('sha256').update(name).digest())
    const heartbeat = {
      ...{ name, version: '0.0.0', protocol: PROTOCOL, instance: id(), boot: id(), previous_boot: null },
      public_key: Buffer.from(publicKey).toString('base64'),
      machine_boot: id(),
      at: systemClock.now(),
      facts: { load: { cores: 2 } },
    }
    return Buffer.from(sealHeartbeat(heartbeat, [this.#secret]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#redis.quit()
  }
}
