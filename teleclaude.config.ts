import { defineConfig } from 'teleclaude'
import { mcp } from 'teleclaude/plugins/mcp'
import { registry } from 'teleclaude/plugins/registry'
import { terminal } from 'teleclaude/plugins/terminal'

/** What runs when nothing else is said: terminals on this computer, for agents through MCP and for people on the command line. */
export default defineConfig({
  plugins: [terminal(), registry(), mcp()],
})
