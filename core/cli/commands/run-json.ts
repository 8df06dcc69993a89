import type { Collected } from '../../operations/collect/collect-output.ts'
import type { Cli } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { withSpinner } from '../spinner.ts'
import type { RunRequest } from './run.ts'

/** The longest that one call may wait. */
const WAIT_MS = 600_000

/** Waits for the end and prints the result as one JSON object. */
export async function runForJson(request: RunRequest, cli: Cli): Promise<number> {
  const call = cli.daemon.call<Collected & { session_id: string }>(
    'session.run',
    { ...request, wait_ms: WAIT_MS, max_bytes: 1_048_576 },
    { signal: cli.signal },
  )
  const result = await withSpinner(cli, request.command.join(' ').slice(0, 60), call)
  await cli.print(`${JSON.stringify(result)}\n`)
  return result.exit_code ?? EXIT.error
}
