/** Serves MCP as `teleclaude mcp` does, against the control socket named in TEST_SOCKET. */
import { systemClock } from '../../../core/clock.ts'
import { createDaemonClient } from '../../../core/control/client.ts'
import type { CliContext } from '../../../core/host/plugin.ts'
import { describeOperation } from '../../../core/operations/describe.ts'
import { run } from '../../../plugins/mcp/command.ts'
import { startTestDaemon, testOperations } from './test-daemon.ts'

const socketPath = String(process.env.TEST_SOCKET)
const signals = new AbortController()
process.once('SIGTERM', () => signals.abort())

const io: CliContext = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: signals.signal,
  commandLine: 'teleclaude',
  connect: ({ surface }) => createDaemonClient({ socketPath, surface, clock: systemClock, env: process.env }),
  operations: async () => testOperations.map(describeOperation),
  startDaemon: async () => {
    const daemon = await startTestDaemon(socketPath)
    signals.signal.addEventListener('abort', () => void daemon.close())
    process.stdin.once('end', () => void daemon.close())
  },
}
process.exitCode = await run(process.argv.slice(2), io)
