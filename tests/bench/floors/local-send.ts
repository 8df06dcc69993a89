import { startMcp } from '../measure/mcp-client.ts'
import { median } from '../measure/percentile.ts'
import { openBareBash } from './bare-pty.ts'
import { openUnixSocket } from './unix-socket.ts'

/** What nobody can do without who sends a command over MCP to a terminal on this computer. */
export type SendFloorPart = 'echo' | 'socket' | 'bash'

export async function openSendFloor(command: string) {
  await using opening = new AsyncDisposableStack()
  const server = new URL('../processes/mcp-echo-server.ts', import.meta.url).pathname
  const echo = opening.use(await startMcp(process.execPath, [server]))
  const socket = opening.use(await openUnixSocket())
  const bash = opening.use(await openBareBash())
  const open = opening.move()
  return {
    parts: {
      echo: () => echo.call('echo', {}),
      socket: () => socket.roundTrip(),
      bash: () => bash.command(command),
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** The sum of the parts' medians, in numbers and in words. */
export function sendFloor(times: Readonly<Record<SendFloorPart, readonly number[]>>): {
  readonly ms: number
  readonly text: string
} {
  const [echo, sockets, bash] = [median(times.echo), 2 * median(times.socket), median(times.bash)]
  return {
    ms: echo + sockets + bash,
    text: `MCP call ${echo.toFixed(3)} + two Unix-socket round trips ${sockets.toFixed(3)} + bare node-pty command ${bash.toFixed(3)} ms`,
  }
}
