import { onTestFinished } from 'vitest'
import { type Clock, systemClock } from '../../../core/clock.ts'
import type { EntrySink, Intake, Mail, SealedEntry } from '../../../core/transport.ts'
import type { RedisLink } from '../../../plugins/redis/connection.ts'
import { createClients } from '../../../plugins/redis/connection-clients.ts'
import { createLink } from '../../../plugins/redis/connection-link.ts'
import { createKeys, type Keys } from '../../../plugins/redis/keys.ts'
import { type RedisOptions, redisOptions } from '../../../plugins/redis/options.ts'
import { createRedisTransport, type RedisTransport } from '../../../plugins/redis/transport.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { until } from '../../support/until.ts'

export interface Connected {
  readonly transport: RedisTransport
  readonly link: RedisLink
  readonly keys: Keys
  readonly options: RedisOptions
  readonly log: ReturnType<typeof capturedLog>
  close(): Promise<void>
}

export interface ConnectOptions {
  readonly computer?: string
  /** Of the transport; the connection lives by the real one. */
  readonly clock?: Clock
  readonly options?: Partial<Parameters<typeof redisOptions.parse>[0] & object>
}

/** A transport as the plugin makes it, connected; closed when the test ends. */
export async function connectTransport(
  server: { readonly url: string } | string,
  { computer = 'workstation', clock = systemClock, options: chosen = {} }: ConnectOptions = {},
): Promise<Connected> {
  const url = typeof server === 'string' ? server : server.url
  const options = redisOptions.parse({ ...('cluster' in chosen ? {} : { url }), ...chosen })
  const log = capturedLog()
  const keys = createKeys(options.prefix)
  const clients = await createClients(options, computer)
  const link = createLink({ clients, proofKey: keys.wake(computer), clock: systemClock, log: log.log })
  const transport = createRedisTransport(link, keys, options, { computer, clock, log: log.log })
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= transport.close().then(() => link.close())
    return closing
  }
  onTestFinished(close)
  await until(() => link.state.up, 'a connection to Redis')
  return { transport, link, keys, options, log, close }
}

/** An intake that takes everything, and keeps it. */
export class Collector implements Intake {
  position: string | null
  readonly mails: Mail[] = []
  readonly losses: string[] = []
  /** What becomes of a mail, where it is not taken in. */
  fate: (mail: Mail) => Promise<string | null> = async () => null

  constructor(position: string | null = null) {
    this.position = position
  }

  get texts(): string[] {
    return this.mails.map(({ bytes }) => (bytes ? Buffer.from(bytes).toString() : 'null'))
  }

  async take(mail: Mail): Promise<string | null> {
    const reason = await this.fate(mail)
    this.mails.push(mail)
    this.position = mail.position
    return reason
  }

  lost(what: string): void {
    this.losses.push(what)
  }
}

/** What was read of a stream. */
export class Watcher implements EntrySink {
  readonly read: SealedEntry[] = []
  interruptions = 0

  get seqs(): number[] {
    return this.read.map(({ seq }) => seq)
  }

  entries(entries: readonly SealedEntry[]): void {
    this.read.push(...entries)
  }

  interrupted(): void {
    this.interruptions += 1
  }
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Entries with the seqs `from` to `to`, each with its own text. */
export function entriesFrom(from: number, to: number, text = 'entry'): SealedEntry[] {
  return Array.from({ length: to - from + 1 }, (_, at) => ({
    seq: from + at,
    bytes: bytesOf(`${text} ${from + at}`),
  }))
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)
