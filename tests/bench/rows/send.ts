import { existsSync } from 'node:fs'
import { openBareBash } from '../floors/bare-pty.ts'
import { openUnixSocket } from '../floors/unix-socket.ts'
import { type McpClient, startMcp } from '../measure/mcp-client.ts'
import { median, percentile } from '../measure/percentile.ts'
import { timesOf } from '../measure/time.ts'
import { BIN, startDaemon } from '../processes/daemon.ts'
import type { Figure, Row } from '../row.ts'

/** Enough for compilers to settle, before anything counts. */
const WARM_UP = 300
/** All are measured in turn, a little at a time, so that what disturbs one disturbs all. */
const ROUNDS = 12
const CALLS = 60
const COMMAND = 'echo x'

export const send: Row = {
  name: 'send',
  summary: `send '${COMMAND}' over stdio MCP`,
  async run() {
    await using daemon = await startDaemon()
    await using shim = await startMcp(BIN, ['mcp'], daemon.env)
    await using echo = await startMcp(process.execPath, [script('mcp-echo-server')])
    await using socket = await openUnixSocket()
    await using oneShot = await startOneShot()
    using bash = await openBareBash()
    const session_id = await daemon.startSession()
    const parts = {
      send: () => shim.call('teleclaude__send', { session_id, message: COMMAND }),
      echo: () => echo.call('echo', {}),
      socket: () => socket.roundTrip(),
      bash: () => bash.command(COMMAND),
      oneShot: () => oneShot.run(COMMAND),
    }
    return figures(await measure(parts), oneShot.name)
  },
}

type Parts<T> = Record<'send' | 'echo' | 'socket' | 'bash' | 'oneShot', T>

async function measure(parts: Parts<() => Promise<unknown>>): Promise<Parts<number[]>> {
  const times: Parts<number[]> = { send: [], echo: [], socket: [], bash: [], oneShot: [] }
  const names = Object.keys(times) as (keyof typeof times)[] // they are those just above
  for (const name of names) await timesOf(WARM_UP, parts[name])
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) times[name].push(...(await timesOf(CALLS, parts[name])))
  }
  return times
}

function figures(times: Parts<number[]>, peer: string): readonly Figure[] {
  const floor = median(times.echo) + 2 * median(times.socket) + median(times.bash)
  const parts = [median(times.echo), 2 * median(times.socket), median(times.bash)].map(ms => ms.toFixed(3))
  return [
    {
      what: 'send p50',
      unit: 'ms',
      floor,
      measured: median(times.send),
      target: { of: 'ratio', atMost: 2 },
      note: `floor = MCP call ${parts[0]} + two Unix-socket round trips ${parts[1]} + bare node-pty command ${parts[2]} ms`,
    },
    { what: 'send p99', unit: 'ms', measured: percentile(times.send, 0.99) },
    {
      what: 'send p50 / one-shot run',
      unit: 'ms',
      floor: median(times.oneShot),
      measured: median(times.send),
      target: { of: 'ratio', atMost: 0.5 },
      note: `floor = ${peer}`,
    },
  ]
}

/** The peer if somebody has installed it here, else what stands for it. */
async function startOneShot(): Promise<
  AsyncDisposable & { readonly name: string; run(command: string): Promise<unknown> }
> {
  const peer = process.env.MCP_SERVER_COMMANDS
  if (peer !== undefined && existsSync(peer)) {
    const client = await startMcp(process.execPath, [peer])
    return {
      name: 'mcp-server-commands',
      run: command => client.call('run_process', { command_line: command, mode: 'shell' }),
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    }
  }
  const client: McpClient = await startMcp(process.execPath, [script('mcp-one-shot-server')])
  return {
    name: 'a minimal MCP server that runs each command with child_process.exec, in place of mcp-server-commands (set MCP_SERVER_COMMANDS to its main file to compare with it)',
    run: command => client.call('run', { command }),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

function script(name: string): string {
  return new URL(`../processes/${name}.ts`, import.meta.url).pathname
}
