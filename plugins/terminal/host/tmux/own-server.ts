import { writeFileSync } from 'node:fs'
import type { Clock } from '../../../../core/index.ts'
import type { SpawnRequest, TmuxSettings } from '../protocol.ts'
import { ControlClient } from './control-client.ts'
import { type PaneFacts, readFacts } from './facts.ts'
import { inTime } from './in-time.ts'
import type { PanePipe } from './pane-pipe.ts'
import { socketOf } from './pane-record.ts'
import { STARTED, startCommands, startPath } from './start-file.ts'

/** A person's own settings may take their time; somebody waits for the session. */
const START_MS = 8_000

export interface OwnServer {
  readonly control: ControlClient
  readonly facts: PaneFacts
  readonly pid: number
}

/**
 * Starts a program in a pane of a new tmux server.
 * @throws with what tmux says; what it has started by then is left, as is the file with what it was to do
 */
export async function startOwnServer(
  folder: string,
  request: SpawnRequest,
  settings: TmuxSettings,
  pipe: PanePipe,
  clock: Clock,
): Promise<OwnServer> {
  const path = startPath(folder, request.id)
  writeFileSync(path, startCommands(request, settings, pipe), { mode: 0o600 })
  const control = await openClient(folder, request, settings, path)
  try {
    return await inTime(clock, START_MS, beginning(control, pipe))
  } catch (error) {
    control.close()
    throw error
  }
}

function openClient(folder: string, { id, env, cwd }: SpawnRequest, settings: TmuxSettings, path: string) {
  const { program, config } = settings
  const start = ['start-server', ';', 'source-file', path]
  const args = ['-u', '-S', socketOf(folder, id), '-f', config ?? '/dev/null', ...start]
  return ControlClient.open({ program, args, env, cwd, folder })
}

async function beginning(control: ControlClient, pipe: PanePipe): Promise<OwnServer> {
  const facts = readFacts(await control.printed(STARTED))
  const gone = control.ended.then(() => Promise.reject(new Error('the tmux server has ended')))
  return { control, facts, pid: await Promise.race([pipe.beginning(), gone]) }
}
