import { z } from 'zod'
import { defineService } from './host/service.ts'
import type { AnyOperation } from './operations/operation.ts'

const health = z.strictObject({
  name: z.string(),
  state: z.string(),
  problem: z.string().nullable(),
  summary: z.string(),
})

/** What `daemon.status` returns. */
export const daemonStatusSchema = z.strictObject({
  ready: z.boolean(),
  pid: z.int(),
  computer: z.string(),
  version: z.string(),
  uptime_ms: z.number(),
  state_dir: z.string(),
  config: z.string().nullable().describe('The configuration file, or null for the built-in default.'),
  environment: z.string().nullable().describe('Which overrides of the configuration are in force, if any.'),
  plugins: z.array(health),
  sessions: z.strictObject({ live: z.int(), total: z.int() }),
  limits: z.strictObject({
    max_sessions: z.int().nullable(),
    idle_timeout_ms: z.int().nullable().describe('Idle sessions are ended after this long; null is never.'),
    memory_floor: z.int().nullable().describe('Bytes that must be available for a session to be started.'),
    memory_available: z.int().nullable().describe('Bytes, on this computer; null where that is not known.'),
    journal_bytes: z.int().describe('What all sessions together keep at most.'),
  }),
  journal: z.strictObject({ entries: z.int(), bytes: z.int(), stalled: z.string().nullable() }),
  mesh: z
    .strictObject({
      joined: z.boolean(),
      problem: z.string().nullable(),
      fingerprint: z.string(),
      peers: z.strictObject({ online: z.int(), known: z.int() }),
      counts: z.record(z.string(), z.number()).describe('What passed between computers, and what did not.'),
    })
    .nullable()
    .describe('Null where no plugin connects this computer to others.'),
  channels: z.array(
    z.strictObject({
      session: z.string(),
      adapter: z.string(),
      state: z.enum(['idle', 'sending', 'retrying', 'degraded', 'closed']),
      sentSeq: z.int(),
      behind: z.int(),
      attempts: z.int(),
      error: z.string().nullable(),
    }),
  ),
  problems: z.array(
    z.strictObject({
      plugin: z.string(),
      hook: z.string(),
      message: z.string(),
      count: z.int(),
      at: z.number(),
    }),
  ),
  memory: z.strictObject({ rss: z.int(), heap_used: z.int() }),
})

export type DaemonStatus = z.output<typeof daemonStatusSchema>

/** What operations can ask of the daemon that runs them. Provided by core. */
export interface DaemonControl {
  status(): DaemonStatus
  /** Begins to close, after answering. Settles with the number of sessions that go on. */
  stop(options: { sessions: boolean }): Promise<number>
  operations(): readonly AnyOperation[]
}

/** The service key of {@link DaemonControl}. */
export const DaemonService = defineService<DaemonControl>('daemon')
