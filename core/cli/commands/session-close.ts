import { TeleclaudeError } from '../../errors.ts'
import { sessionClose as operation } from '../../operations/session-change.ts'
import type { Session } from '../../sessions/session.ts'
import type { Cli } from '../context.ts'
import { printResult } from '../operation-verb.ts'
import { count } from '../render/amounts.ts'
import { withSpinner } from '../spinner.ts'
import type { ParsedVerb } from '../verb.ts'

export const sessionClose: ParsedVerb = {
  configure(command) {
    command
      .argument('[session-id]', 'the session to end')
      .option('--all', 'end every session of this computer')
      .option('--kill', 'also end a program that ran before it was a session')
      .option('--json', 'print the result as JSON')
  },
  async run({ args: [sessionId], options }, cli) {
    if ((sessionId === undefined) !== (options.all === true)) {
      throw new TeleclaudeError(
        'TC_ERR_INVALID_INPUT',
        `name one session, or give --all. See: ${cli.commandLine} session list`,
      )
    }
    const isJson = options.json === true
    const kill = options.kill === true
    if (options.all === true) await closeAll(isJson, kill, cli)
    else await printResult(operation, await close(String(sessionId), kill, cli), isJson, cli)
    return undefined
  },
}

async function closeAll(isJson: boolean, kill: boolean, cli: Cli): Promise<void> {
  const { sessions } = await cli.daemon.call<{ sessions: Session[] }>(
    'session.list',
    { state: 'live' },
    { signal: cli.signal },
  )
  const closing = Promise.all(sessions.map(session => close(session.id, kill, cli)))
  const closed = await withSpinner(cli, `ending ${count(sessions.length, 'session')}`, closing)
  await cli.print(
    isJson ? `${JSON.stringify({ sessions: closed })}\n` : `ended ${count(closed.length, 'session')}\n`,
  )
}

function close(sessionId: string, kill: boolean, cli: Cli): Promise<Session> {
  // Left out where it is not asked for: a session elsewhere may be of a version that does not know it.
  const input = { session_id: sessionId, ...(kill && { kill }) }
  return cli.daemon.call<Session>(operation.name, input, { signal: cli.signal })
}
