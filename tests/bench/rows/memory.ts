import { sleep, systemClock } from '../../../core/clock.ts'
import { startScript } from '../measure/child-lines.ts'
import { startMcp } from '../measure/mcp-client.ts'
import { privateMemory } from '../measure/process-memory.ts'
import { BIN, startDaemon } from '../processes/daemon.ts'
import type { Figure, Row } from '../row.ts'

const SESSIONS = 50
/** After this nothing of a start goes on. */
const IDLE_MS = 2000

export const memory: Row = {
  name: 'memory',
  summary: 'private memory of each process, idle, and per session',
  async run() {
    await using bare = startScript(new URL('../processes/nothing.ts', import.meta.url))
    await bare.line('ready')
    await using daemon = await startDaemon()
    await using shim = await startMcp(BIN, ['mcp'], daemon.env)
    const session = await daemon.startSession()
    await shim.call('teleclaude__send', { session_id: session, message: 'echo x' })
    const host = daemon.ptyHostPid()
    await sleep(systemClock, IDLE_MS)
    const idle = {
      daemon: privateMemory(daemon.pid),
      host: privateMemory(host),
      shim: privateMemory(shim.pid),
    }
    for (let started = 0; started < SESSIONS; started++) await daemon.startSession()
    await sleep(systemClock, IDLE_MS)
    const perSession = (pid: number, before: number) => ((privateMemory(pid) - before) * 1000) / SESSIONS
    const floor = privateMemory(bare.pid)
    return [
      process('daemon', idle.daemon, floor, 50),
      process('pty host', idle.host, floor, 25),
      process('MCP shim', idle.shim, floor, 25),
      { what: 'daemon, per session', unit: 'KB', measured: perSession(daemon.pid, idle.daemon) },
      { what: 'pty host, per session', unit: 'KB', measured: perSession(host, idle.host) },
    ]
  },
}

function process(what: string, measured: number, floor: number, atMost: number): Figure {
  const note =
    what === 'daemon'
      ? 'RssAnon with one idle session, after one send over MCP; floor = a Node.js that waits'
      : null
  return { what, unit: 'MB', measured, floor, target: { of: 'value', atMost }, ...(note && { note }) }
}
