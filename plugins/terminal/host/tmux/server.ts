import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** tmux answers at once, or hangs. */
const RUN_MS = 5_000
/** A screen of a thousand by a thousand, with colours. */
const MAX_PRINTED = 16 * 1024 * 1024

/** A tmux server, by its socket. Never starts one. */
export interface TmuxServer {
  readonly program: string
  readonly socket: string
}

/** tmux did not answer: nothing is known. */
export class TmuxSilent extends Error {}

/** What tools of ours that speak to tmux need of an environment. */
export const TOOL_ENVIRONMENT = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' } as const

/** Runs commands, and gives what they print. @throws TmuxSilent; with what tmux says */
export async function runTmux(server: TmuxServer, ...args: readonly string[]): Promise<string> {
  const options = { env: TOOL_ENVIRONMENT, timeout: RUN_MS, maxBuffer: MAX_PRINTED, cwd: '/' }
  try {
    const argv = ['-N', '-u', '-S', server.socket, ...args]
    return (await promisify(execFile)(server.program, argv, options)).stdout
  } catch (error) {
    const { stderr, message, killed } = error as { stderr?: string; message: string; killed?: boolean } // what execFile rejects with
    if (killed) throw new TmuxSilent(`it did not answer within ${RUN_MS} ms`, { cause: error })
    throw new Error(explained(stderr?.trim() || message, server), { cause: error })
  }
}

/** What 3.3 says of a server of 3.7, which does not speak with it, is that it has crashed. */
function explained(problem: string, { program, socket }: TmuxServer): string {
  if (!/^(server exited unexpectedly|protocol version mismatch)/.test(problem)) return problem
  return `the tmux server on ${socket} is of another version than ${program}; let the terminal plugin's tmuxProgram name the tmux that runs it`
}
