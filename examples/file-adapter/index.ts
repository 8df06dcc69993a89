import { isAbsolute, join } from 'node:path'
import { definePlugin, z } from 'teleclaude'
import { createFileAdapter } from './file-adapter.ts'

/**
 * Writes each session to a file of its own.
 *
 * @example plugins: [terminal(), file({ folder: '/var/log/sessions' })]
 */
export const file = definePlugin({
  name: 'file',
  summary: 'Writes each session to a file.',
  options: z.strictObject({
    folder: z.string().refine(isAbsolute, 'give an absolute path').optional(),
  }),
  setup(ctx, { folder = join(ctx.stateDir, 'sessions') }) {
    ctx.client.register(createFileAdapter(folder))
    ctx.log.info({ folder }, 'writing sessions to files')
  },
})

export default file
