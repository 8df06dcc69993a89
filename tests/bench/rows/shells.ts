import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findShell } from '../../support/shell-programs.ts'
import { startMcp } from '../measure/mcp-client.ts'
import { median, percentile } from '../measure/percentile.ts'
import { timesInTurn } from '../measure/time.ts'
import { BIN, startDaemon } from '../processes/daemon.ts'
import type { Figure, Row } from '../row.ts'

const OTHERS = ['zsh', 'fish'] as const
const TURNS = { warmUp: 100, rounds: 10, calls: 40 }
const COMMAND = 'echo x'

export const shells: Row = {
  name: 'shells',
  summary: `send '${COMMAND}' over stdio MCP to ${OTHERS.join(' and ')}, against bash`,
  async run() {
    await using daemon = await startDaemon()
    // Without any file of its user's, zsh asks how it is to be set up.
    writeFileSync(join(daemon.home, '.zshrc'), '')
    await using shim = await startMcp(BIN, ['mcp'], daemon.env)
    const sendTo = async (name: string) => {
      const { path, env } = await findShell(name)
      const session_id = await daemon.startSession(undefined, { shell: path, env })
      return () => shim.call('teleclaude__send', { session_id, message: COMMAND })
    }
    const parts = { bash: await sendTo('bash'), zsh: await sendTo('zsh'), fish: await sendTo('fish') }
    const times = await timesInTurn(parts, TURNS)
    return OTHERS.flatMap((name): Figure[] => [
      {
        what: `send to ${name} p50`,
        unit: 'ms',
        floor: median(times.bash),
        measured: median(times[name]),
        ...(name === 'zsh' && { note: 'floor = the same send to bash' }),
      },
      { what: `send to ${name} p99`, unit: 'ms', measured: percentile(times[name], 0.99) },
    ])
  },
}
