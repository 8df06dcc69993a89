import type { Collected, TextItem } from '../../operations/collect/collect-output.ts'
import { sessionSend as operation } from '../../operations/session-send.ts'
import type { Cli } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { declareInput, inputOf } from '../operation-fields.ts'
import { textPrinter } from '../output-writer.ts'
import { withSpinner } from '../spinner.ts'
import type { ParsedVerb } from '../verb.ts'

export const sessionSend: ParsedVerb = {
  configure(command) {
    declareInput(command, operation)
    command
      .option('--json', 'print the result as JSON, when it is complete')
      .addHelpText('after', '\nPut -- before a message that has options in it: session send <id> -- ls -la')
  },
  async run(line, cli) {
    const input = inputOf(operation, line)
    const result = line.options.json === true ? await sendForJson(input, cli) : await stream(input, cli)
    return result.complete ? EXIT.ok : EXIT.error
  },
}

async function sendForJson(input: Record<string, unknown>, cli: Cli): Promise<Collected> {
  const call = cli.daemon.call<Collected>(operation.name, input, { signal: cli.signal })
  const result = await withSpinner(cli, 'waiting', call)
  await cli.print(`${JSON.stringify(result)}\n`)
  return result
}

async function stream(input: Record<string, unknown>, cli: Cli): Promise<Collected> {
  const printer = textPrinter(cli)
  const result = await cli.daemon.call<Collected>(operation.name, input, {
    signal: cli.signal,
    // `session.send` emits nothing else.
    onItem: item => printer.write((item as TextItem).text),
  })
  await printer.end()
  if (!result.complete) {
    const next = `${cli.commandLine} session read ${String(input.session_id)} --since ${result.cursor}`
    const state = result.problem ? `what it prints cannot be seen: ${result.problem}` : 'it is still running.'
    cli.tell(`teleclaude: ${state} Read on with: ${next}`)
  }
  return result
}
