import type { z } from 'zod'
import { sessionRead as operation } from '../../operations/session-read.ts'
import type { Cli } from '../context.ts'
import { followSession } from '../follow-session.ts'
import { declareInput, inputOf } from '../operation-fields.ts'
import { rawWriter, textWriter } from '../output-writer.ts'
import type { ParsedVerb } from '../verb.ts'

type Page = z.output<typeof operation.output>

export const sessionRead: ParsedVerb = {
  configure(command) {
    declareInput(command, operation)
    command
      .option('-f, --follow', 'go on with what comes, until the session ends')
      .option('--json', 'print one result as JSON')
  },
  async run(line, cli) {
    const input = inputOf(operation, line)
    if (line.options.json === true) await cli.print(`${JSON.stringify(await readPage(input, cli))}\n`)
    else if (line.options.follow === true) await follow(input, cli)
    else await readAll(input, cli)
    return undefined
  },
}

/** Page after page, up to what is there now; one page where the caller says how large. */
async function readAll(input: Record<string, unknown>, cli: Cli): Promise<void> {
  let since = input.since
  for (;;) {
    const page = await readPage({ ...input, ...(since !== undefined && { since }) }, cli)
    for (const gap of page.gaps) cli.tell(`teleclaude: ${gap.bytes} bytes are missing: ${gap.reason}`)
    await cli.print(page.encoding ? Buffer.from(page.output, page.encoding) : page.output)
    if (input.format === 'screen') await cli.print('\n')
    if (!page.truncated || input.max_bytes !== undefined || page.cursor === since) return
    since = page.cursor
  }
}

function readPage(input: Record<string, unknown>, cli: Cli): Promise<Page> {
  return cli.daemon.call<Page>(operation.name, input, { signal: cli.signal })
}

async function follow(input: Record<string, unknown>, cli: Cli): Promise<void> {
  const writer = input.format === 'raw' ? rawWriter(cli) : textWriter(cli)
  await followSession(
    {
      sessionId: String(input.session_id),
      since: String(input.since ?? '0'),
      signal: cli.signal,
      onEntries: writer.write,
    },
    cli,
  )
  await writer.end()
}
