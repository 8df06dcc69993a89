import type { AnyOperation } from '../operations/operation.ts'
import type { Cli } from './context.ts'
import { declareInput, inputOf } from './operation-fields.ts'
import { renderResult } from './render/index.ts'
import { withSpinner } from './spinner.ts'
import type { ParsedVerb, Verb } from './verb.ts'

/** The verb that an operation is on the command line: its input as arguments and options, its result as text or JSON. */
export function operationVerb(operation: AnyOperation, words: string): Verb {
  return { words, summary: operation.summary, load: async () => parsedVerb(operation) }
}

function parsedVerb(operation: AnyOperation): ParsedVerb {
  return {
    configure(command) {
      declareInput(command, operation)
      command.option('--json', 'print the result as JSON')
    },
    async run(line, cli) {
      const call = cli.daemon.call(operation.name, inputOf(operation, line), { signal: cli.signal })
      await printResult(
        operation,
        await withSpinner(cli, operation.name, call),
        line.options.json === true,
        cli,
      )
      return undefined
    },
  }
}

/** Prints what an operation returned: for people, or as one JSON value on a line. */
export async function printResult(
  operation: Pick<AnyOperation, 'name'>,
  result: unknown,
  asJson: boolean,
  cli: Cli,
): Promise<void> {
  await cli.print(asJson ? `${JSON.stringify(result)}\n` : renderResult(operation.name, result, cli))
}
