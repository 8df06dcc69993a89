import { startScript } from '../measure/child-lines.ts'
import type { LinesFile } from '../measure/lines-file.ts'
import { watchGrowth } from '../measure/process-memory.ts'
import { secondsOf } from '../measure/time.ts'
import type { BenchDaemon } from './daemon.ts'

/** Has a new session print a file, until a watcher on the control socket has seen all of it; `more` is what else starts the session. */
export async function throughWatch(daemon: BenchDaemon, { path, printedBytes }: LinesFile, more?: object) {
  const session_id = await daemon.startSession(undefined, more)
  const args = [daemon.controlSocket, String(printedBytes), session_id]
  await using watcher = startScript(new URL('watcher.ts', import.meta.url), args)
  await watcher.line('ready')
  const growth = watchGrowth({ daemon: daemon.pid, 'pty host': daemon.ptyHostPid(), watcher: watcher.pid })
  const seconds = await secondsOf(async () => {
    const seen = watcher.line('seen')
    await daemon.client.call('session.input', { session_id, text: `cat ${path}` })
    await seen
  })
  await daemon.client.call('session.close', { session_id })
  return { seconds, growth: await growth.stop() }
}
