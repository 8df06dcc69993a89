import { Command, CommanderError } from 'commander'
import { TeleclaudeError } from '../errors.ts'
import type { Cli } from './context.ts'
import { EXIT } from './exit-codes.ts'
import type { ParsedVerb, Verb } from './verb.ts'

/** Parses what followed a verb's words and runs it. */
export async function runParsed(
  { words, summary }: Verb,
  verb: ParsedVerb,
  argv: readonly string[],
  cli: Cli,
): Promise<number> {
  const complaints: string[] = []
  let help = ''
  const command = new Command(`${cli.commandLine} ${words}`)
    .description(summary)
    .exitOverride()
    .configureOutput({
      writeOut: text => {
        help += text
      },
      writeErr: text => complaints.push(text),
      getOutHasColors: () => false,
    })
  verb.configure(command)
  try {
    command.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) throw usageError(complaints.join('') || error.message, command.name())
    await cli.print(help)
    return EXIT.ok
  }
  const line = { args: command.processedArgs, options: command.opts() }
  return (await verb.run(line, cli)) ?? EXIT.ok
}

function usageError(complaint: string, name: string): TeleclaudeError {
  const [what = ''] = complaint.trim().split('\n')
  const message = what.replace(/^error: /, '').replace(/\.$/, '')
  return new TeleclaudeError('TC_ERR_INVALID_INPUT', `${message}. See: ${name} --help`)
}
