import { z } from 'zod'
import type { Adapter, OutputBatch } from '../adapters/adapter.ts'
import { type ConfiguredPlugin, definePlugin } from '../host/plugin.ts'
import type { SessionId } from '../ids.ts'

/** An adapter that keeps what it is sent, to be looked at by a test. */
export interface MemoryAdapter {
  /** For the `plugins` of a test host. It may be used again after a restart, and then goes on. */
  readonly plugin: ConfiguredPlugin
  /** What came for a session, oldest first. */
  batches(session: SessionId): readonly OutputBatch[]
  text(session: SessionId): string
  /** What became of channels, in order: `created <id>`, `closed <id>`. */
  readonly events: readonly string[]
}

/** @param type of the adapter and name of its plugin; another one for each that is in use at the same time */
export function createMemoryAdapter(type = 'memory'): MemoryAdapter {
  const received = new Map<SessionId, OutputBatch[]>()
  const events: string[] = []
  const adapter: Adapter = {
    type,
    supports: { stream: false, edit: false, files: false, threads: true },
    async createChannel(session) {
      events.push(`created ${session.id}`)
      return {}
    },
    async sendMessage(session, batch) {
      received.set(session.id, [...(received.get(session.id) ?? []), batch])
    },
    async closeChannel(session) {
      events.push(`closed ${session.id}`)
    },
  }
  const plugin = definePlugin({
    name: type,
    summary: 'Keeps what sessions print, for a test.',
    options: z.strictObject({}),
    setup: ctx => void ctx.client.register(adapter),
  })
  const batches = (session: SessionId) => received.get(session) ?? []
  return {
    plugin: plugin(),
    batches,
    text: session =>
      batches(session)
        .map(batch => batch.text)
        .join(''),
    events,
  }
}
