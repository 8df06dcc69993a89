import { defineConfig, env, file } from 'teleclaude'
import { mcp } from 'teleclaude/plugins/mcp'
import { redis } from 'teleclaude/plugins/redis'
import { registry } from 'teleclaude/plugins/registry'
import { terminal } from 'teleclaude/plugins/terminal'

/** What both computers of this example have; the demo writes each its own name for NAME. */
export default defineConfig({
  computer: { name: 'NAME' },
  mesh: { secret: file('mesh.secret') },
  plugins: [terminal(), registry(), mcp(), redis({ url: env('TELECLAUDE_REDIS_URL') })],
})
