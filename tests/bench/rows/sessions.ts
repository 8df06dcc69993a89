import { startScript } from '../measure/child-lines.ts'
import { median, percentile } from '../measure/percentile.ts'
import { privateMemory } from '../measure/process-memory.ts'
import { timeOf } from '../measure/time.ts'
import { type BenchDaemon, startDaemon } from '../processes/daemon.ts'
import type { Row } from '../row.ts'

const SESSIONS = 200
const SENDS = 1000
/** Ten lines of 80 bytes a second in the background, without starting a process for each: `read` waits on what never comes. */
const PRINT = `exec 9<> <(:); { while :; do read -rt 0.1 -u 9; echo ${'x'.repeat(79)}; done; } &`

export const sessions: Row = {
  name: 'sessions',
  summary: `${SESSIONS} sessions that print ten lines a second each, all watched, sends in between`,
  async run() {
    await using daemon = await startDaemon()
    const ids: string[] = []
    const starts: number[] = []
    for (let started = 0; started < SESSIONS; started++) {
      starts.push(await timeOf(async () => ids.push(await daemon.startSession())))
    }
    await using watcher = startScript(new URL('../processes/all-watcher.ts', import.meta.url), [
      daemon.controlSocket,
      ...ids,
    ])
    await watcher.line('ready')
    for (const session_id of ids) await send(daemon, session_id, PRINT)
    const times: number[] = []
    for (let sent = 0; sent < SENDS; sent++) {
      times.push(await timeOf(() => send(daemon, ids[sent % SESSIONS] ?? '', 'echo done')))
    }
    return [
      {
        what: `send p99 among ${SESSIONS}`,
        unit: 'ms',
        measured: percentile(times, 0.99),
        target: { of: 'value', atMost: 100 },
      },
      { what: `send p50 among ${SESSIONS}`, unit: 'ms', measured: median(times) },
      { what: 'session start p50', unit: 'ms', measured: median(starts) },
      { what: 'daemon with them', unit: 'MB', measured: privateMemory(daemon.pid) },
      { what: 'pty host with them', unit: 'MB', measured: privateMemory(daemon.ptyHostPid()) },
    ]
  },
}

async function send({ client }: BenchDaemon, session_id: string, message: string): Promise<void> {
  const { completed_by } = await client.call<{ completed_by: string }>('session.send', {
    session_id,
    message,
  })
  if (completed_by !== 'mark') throw new Error(`'${message}' was completed by ${completed_by}`)
}
