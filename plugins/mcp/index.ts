import { z } from 'zod'
import { definePlugin } from '../../core/index.ts'

/**
 * Adds `teleclaude mcp`: a stdio server through which agents drive this daemon. It runs in a process of its own, so
 * inside the daemon there is nothing to set up.
 *
 * @example plugins: [terminal(), registry(), mcp()]
 */
export const mcp = definePlugin({
  name: 'mcp',
  summary: 'Lets agents use this daemon as MCP tools (teleclaude mcp).',
  options: z.strictObject({}),
  cli: [
    {
      words: 'mcp',
      summary: 'Serve the tools to an agent over stdin and stdout (MCP).',
      load: () => import('./command.ts'),
    },
  ],
  setup() {},
})

export default mcp
