import { existsSync } from 'node:fs'
import { openSendFloor, type SendFloorPart, sendFloor } from '../floors/local-send.ts'
import { type McpClient, startMcp } from '../measure/mcp-client.ts'
import { median, percentile } from '../measure/percentile.ts'
import { timesInTurn } from '../measure/time.ts'
import { BIN, startDaemon } from '../processes/daemon.ts'
import type { Figure, Row } from '../row.ts'

const TURNS = { warmUp: 300, rounds: 12, calls: 60 }
const COMMAND = 'echo x'

export const send: Row = {
  name: 'send',
  summary: `send '${COMMAND}' over stdio MCP`,
  async run() {
    await using daemon = await startDaemon()
    await using shim = await startMcp(BIN, ['mcp'], daemon.env)
    await using floor = await openSendFloor(COMMAND)
    await using oneShot = await startOneShot()
    const session_id = await daemon.startSession()
    const parts = {
      send: () => shim.call('teleclaude__send', { session_id, message: COMMAND }),
      ...floor.parts,
      oneShot: () => oneShot.run(COMMAND),
    }
    return figures(await timesInTurn(parts, TURNS), oneShot.name)
  },
}

type Times = Record<'send' | 'oneShot' | SendFloorPart, readonly number[]>

function figures(times: Times, peer: string): readonly Figure[] {
  const floor = sendFloor(times)
  return [
    {
      what: 'send p50',
      unit: 'ms',
      floor: floor.ms,
      measured: median(times.send),
      target: { of: 'ratio', atMost: 2 },
      note: `floor = ${floor.text}`,
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
