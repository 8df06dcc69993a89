import { ControlClient } from './control-client.ts'
import { type TmuxServer, TOOL_ENVIRONMENT } from './server.ts'

/**
 * A control client of a session that is there.
 * @param folder for its pipe; nobody else can enter it
 * @throws with what tmux says
 */
export async function attach(
  folder: string,
  { program, socket }: TmuxServer,
  session: string,
  isAdopted: boolean,
): Promise<ControlClient> {
  // A pane that is somebody's own has the size that they give it.
  const flags = isAdopted ? 'ignore-size,pause-after=4000000' : 'pause-after=4000000'
  const args = ['-N', '-u', '-S', socket, 'attach-session', '-E', '-f', flags, '-t', session]
  const control = await ControlClient.open({ program, args, env: TOOL_ENVIRONMENT, cwd: '/', folder })
  try {
    await control.ask('display-message -p attached')
    return control
  } catch (error) {
    control.close()
    throw error
  }
}
