/** Reads a session inside the daemon, as an adapter or a gateway would. */
import { type Cursor, defineOperation, definePlugin } from 'teleclaude'
import { z } from 'zod'

const count = defineOperation({
  name: 'bench.count',
  summary: 'Reads a session until so many bytes were there.',
  input: z.strictObject({ session_id: z.string(), bytes: z.int() }),
  output: z.strictObject({ bytes: z.int() }),
  scope: 'sessions:read',
  idempotent: true,
  at: 'here',
  cli: false,
  run: async ({ session_id, bytes }, call) =>
    (await reading?.(session_id, bytes, call.signal)) ?? { bytes: 0 },
})

let reading: ((session: string, bytes: number, signal: AbortSignal) => Promise<{ bytes: number }>) | undefined

const reader = definePlugin({
  name: 'reader',
  summary: 'Reads a session inside the daemon.',
  options: z.strictObject({}),
  operations: [count],
  setup(ctx) {
    reading = async (session, bytes, signal) => {
      let seen = 0
      for await (const entry of ctx.client.streamMessages(session, '0' as Cursor, signal)) {
        if (entry.kind === 'output') seen += entry.data.byteLength
        if (seen >= bytes) break
      }
      return { bytes: seen }
    }
  },
})

export default reader
