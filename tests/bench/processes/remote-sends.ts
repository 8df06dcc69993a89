import type { McpClient } from '../measure/mcp-client.ts'
import { timeOf } from '../measure/time.ts'
import type { BenchDaemon } from './daemon.ts'

export const COMMAND = 'echo x'

/** Who sends, over MCP, and where the sessions run. */
export interface RemoteSends {
  readonly here: BenchDaemon
  readonly there: BenchDaemon
  /** The name that it has for `here`. */
  readonly thereName?: string
  readonly shim: McpClient
  readonly count: number
}

/** How long a send takes to sessions that run commands already, and whose whereabouts are known, but that nobody watches here. */
export async function timesOfCold({
  here,
  there,
  thereName = 'there',
  shim,
  count,
}: RemoteSends): Promise<readonly number[]> {
  const sessions: string[] = []
  for (let started = 0; started < count; started++) {
    const session_id = await there.startSession()
    await there.client.call('session.send', { session_id, message: COMMAND })
    sessions.push(session_id)
  }
  await here.client.call('session.list', { computer: thereName })
  const times: number[] = []
  for (const session_id of sessions) times.push(await timeOfSend(shim, session_id))
  for (const session_id of sessions) await there.client.call('session.close', { session_id })
  return times
}

/** How long the first send takes to sessions that were started from here the moment before. */
export async function timesOfFresh({
  here,
  thereName = 'there',
  shim,
  count,
}: RemoteSends): Promise<readonly number[]> {
  const times: number[] = []
  for (let sent = 0; sent < count; sent++) {
    const session_id = await here.startSession(thereName)
    times.push(await timeOfSend(shim, session_id))
    await here.client.call('session.close', { session_id })
  }
  return times
}

function timeOfSend(shim: McpClient, session_id: string): Promise<number> {
  return timeOf(() => shim.call('teleclaude__send', { session_id, message: COMMAND }))
}
