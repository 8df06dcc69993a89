import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { definePlugin, z } from 'teleclaude'

/** A call of the adapter, as it stands in the file. */
export type Recorded =
  | { readonly call: 'create' | 'close' | 'update'; readonly session: string; readonly title: string }
  | {
      readonly call: 'send'
      readonly session: string
      readonly epoch: string
      readonly seqs: readonly number[]
      readonly text: string
    }

/** A mirroring adapter that writes down each call in `calls`, a file in the plugin's folder, before it settles. */
export default definePlugin({
  name: 'recorder',
  summary: 'Writes down what an adapter is called for.',
  options: z.strictObject({}),
  setup(ctx) {
    const record = (recorded: Recorded) =>
      appendFileSync(join(ctx.stateDir, 'calls'), `${JSON.stringify(recorded)}\n`)
    ctx.client.register({
      type: 'recorder',
      supports: { stream: false, edit: false, files: false, threads: true },
      mirrors: true,
      async createChannel({ id, title }) {
        record({ call: 'create', session: id, title })
        return { place: id }
      },
      async sendMessage({ id }, { epoch, entries, text }) {
        record({ call: 'send', session: id, epoch, seqs: entries.map(({ seq }) => seq), text })
      },
      updateChannel: async ({ id, title }) => record({ call: 'update', session: id, title }),
      closeChannel: async ({ id, title }) => record({ call: 'close', session: id, title }),
    })
  },
})
