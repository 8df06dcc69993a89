import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { systemClock } from '../../core/clock.ts'
import {
  createEnvelopes,
  type EnvelopeDraft,
  type EnvelopeHeader,
  type EnvelopeKind,
  readHeader,
} from '../../core/mesh/envelope.ts'
import { openHeartbeat } from '../../core/mesh/heartbeat.ts'
import { createMeshIdentity } from '../../core/mesh/identity.ts'
import { meshSecret } from '../../core/mesh/mesh-secret.ts'
import { ANSWER_MS } from '../../core/mesh/messages.ts'
import { SECRET } from './mesh.ts'
import type { RedisServer } from './redis-server.ts'

/** A mail as it stands in a mailbox. */
export interface Mail {
  readonly id: string
  readonly header: EnvelopeHeader
  readonly bytes: Buffer
}

/** Whoever reaches the Redis and knows nothing else: reads and writes whatever is there, byte for byte. */
export class Bus implements AsyncDisposable {
  readonly redis: Redis
  readonly prefix = 'teleclaude:'

  constructor({ socketPath }: RedisServer) {
    this.redis = new Redis(socketPath)
  }

  /** The envelopes in a mailbox, the oldest first. */
  async mailbox(computer: string): Promise<readonly Mail[]> {
    const entries = await this.redis.xrangeBuffer(`${this.prefix}messages:${computer}`, '-', '+')
    return entries.flatMap(([id, fields]) => {
      const bytes = fields[1]
      const header = bytes ? readHeader(bytes) : null
      return bytes && header ? [{ id: id.toString(), header, bytes }] : []
    })
  }

  /** Puts bytes into a mailbox as if they were a message; null is an entry that is none. */
  async post(computer: string, bytes: Uint8Array | null): Promise<void> {
    const key = `${this.prefix}messages:${computer}`
    if (bytes === null) await this.redis.xadd(key, '*', 'other', 'field')
    else await this.redis.xadd(key, '*', 'm', Buffer.from(bytes))
  }

  /** The newest dead letter of a computer. */
  async lastLetter(
    computer: string,
  ): Promise<{ readonly reason: string; readonly bytes: Buffer } | undefined> {
    const key = `${this.prefix}messages:${computer}:dead`
    const [newest] = await this.redis.xrevrangeBuffer(key, '+', '-', 'COUNT', 1)
    if (!newest) return undefined
    const [, reason, , bytes] = newest[1]
    return { reason: String(reason), bytes: Buffer.from(bytes ?? '') }
  }

  /** Which run of a computer's daemon announces itself, as everybody sees it who knows the secret. */
  async bootOf(computer: string): Promise<string> {
    const bytes = await this.redis.getBuffer(`${this.prefix}computer:${computer}`)
    const boot = bytes && openHeartbeat(bytes, computer, [meshSecret(SECRET)])?.heartbeat.boot
    if (!boot) throw new Error(`${computer} does not announce itself`)
    return boot
  }

  /** The name, and everything that is held under it, of every key there is. */
  async everything(): Promise<ReadonlyMap<string, Buffer>> {
    const held = new Map<string, Buffer>()
    for (const key of await this.redis.keys('*')) held.set(key, Buffer.concat(partsOf(await this.#read(key))))
    return held
  }

  async #read(key: string): Promise<unknown> {
    const type = await this.redis.type(key)
    if (type === 'stream') return await this.redis.xrangeBuffer(key, '-', '+')
    if (type === 'zset') return await this.redis.zrangeBuffer(key, '0', '-1')
    return await this.redis.getBuffer(key)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.redis.quit()
  }
}

function partsOf(value: unknown): Buffer[] {
  if (Array.isArray(value)) return value.flatMap(partsOf)
  return Buffer.isBuffer(value) ? [value] : []
}

/** A computer of a mesh, as far as its state folder says who it is. */
export interface Impersonated {
  readonly name: string
  readonly stateDir: string
}

/** What an envelope says besides from whom and for whom; the rest is as a computer that keeps to the protocol has it. */
export type Draft = { readonly body: unknown } & Partial<EnvelopeDraft>

/** Seals as a computer does that has this identity and knows this secret, whatever it is to say. */
export function sealAs(
  from: Impersonated,
  to: Impersonated,
  { kind = 'request', at = systemClock.now(), ...draft }: Draft & { readonly kind?: EnvelopeKind },
  secret = SECRET,
): Buffer {
  const envelopes = createEnvelopes({ name: from.name, boot: randomId(), identity: identityOf(from) })
  const receiver = { name: to.name, publicKey: identityOf(to).publicKey, secret: meshSecret(secret) }
  return Buffer.from(
    envelopes.seal(receiver, { v: 1, id: randomId(), at, notAfter: at + ANSWER_MS, ...draft, kind }),
  )
}

/** What a computer reads that was sealed for it. */
export function openAs(
  me: Impersonated,
  from: Impersonated,
  { bytes, header }: Mail,
  secret = SECRET,
): unknown {
  const envelopes = createEnvelopes({ name: me.name, boot: randomId(), identity: identityOf(me) })
  const sender = { name: from.name, publicKey: identityOf(from).publicKey, secret: meshSecret(secret) }
  return envelopes.open(bytes, header, sender)
}

/** The body of a request for the run of a daemon that `boot` names. */
export function asking(operation: string, input: unknown, boot: string): { readonly body: object } {
  return { body: { operation, input, surface: 'test', caller: 'user:mallory', boot } }
}

export function identityOf({ stateDir }: Pick<Impersonated, 'stateDir'>) {
  return createMeshIdentity(readFileSync(join(stateDir, 'identity.key')))
}

function randomId(): string {
  return randomBytes(12).toString('hex')
}
