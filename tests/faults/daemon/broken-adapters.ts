import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Adapter, definePlugin, type OutputBatch, sleep, z } from 'teleclaude'

/**
 * Four adapters, each of which writes what it is sent to `<type>.ndjson` in a folder. While the folder has a file
 * `broken`, one of them throws, one never answers, and one takes its time; the fourth is always well.
 */
export default definePlugin({
  name: 'broken-adapters',
  summary: 'Adapters with faults.',
  options: z.strictObject({ folder: z.string() }),
  setup(ctx, { folder }) {
    const isBroken = () => existsSync(join(folder, 'broken'))
    const write = (type: string, session: string, { fromSeq, toSeq, text }: OutputBatch) =>
      appendFileSync(join(folder, `${type}.ndjson`), `${JSON.stringify({ session, fromSeq, toSeq, text })}\n`)
    const adapter = (type: string, before: (batch: OutputBatch) => Promise<void> | void): Adapter => ({
      type,
      supports: { stream: false, edit: false, files: false, threads: false },
      createChannel: async () => ({}),
      async sendMessage(session, batch) {
        await before(batch)
        write(type, session.id, batch)
      },
    })
    ctx.client.register(adapter('well', () => {}))
    ctx.client.register(
      adapter('throws', () => {
        if (isBroken()) throw new Error('the far side is on fire')
      }),
    )
    ctx.client.register(adapter('hangs', () => (isBroken() ? new Promise<void>(() => {}) : undefined)))
    ctx.client.register(
      adapter('slow', async () => {
        if (isBroken()) await sleep(ctx.clock, 200)
      }),
    )
  },
})
