import { Option } from 'commander'
import { Questions } from '../ask.ts'
import type { Cli } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { joiningSecret } from '../mesh-answers.ts'
import type { ParsedVerb } from '../verb.ts'

export const meshRotate: ParsedVerb = {
  configure(command) {
    command
      .option(
        '--join',
        'take the secret of a computer that has rotated already; it is asked for, never shown',
      )
      .option('--secret-file <path>', 'with --join: take the secret from a file')
      .addOption(
        new Option(
          '--grace-hours <hours>',
          'how long the old secret is accepted from computers that are known',
        )
          .default(24)
          .argParser(Number),
      )
      .option('--json', 'print what was done as JSON')
  },
  async run({ options }, cli) {
    const secretFile = options.secretFile as string | undefined
    const isJoining = options.join === true || secretFile !== undefined
    const secret = isJoining ? await ask(secretFile, cli) : undefined
    const rotated = await cli.daemon.call<{ file: string; old_until: number }>('mesh.rotate', {
      ...(secret && { secret }),
      grace_hours: options.graceHours,
    })
    await cli.print(options.json === true ? `${JSON.stringify(rotated)}\n` : report(rotated, isJoining, cli))
    return EXIT.ok
  },
}

async function ask(secretFile: string | undefined, cli: Cli): Promise<string> {
  const questions = new Questions(cli, false)
  try {
    return await joiningSecret(questions, secretFile)
  } finally {
    questions[Symbol.dispose]()
  }
}

function report(rotated: { file: string; old_until: number }, isJoining: boolean, cli: Cli): string {
  return [
    `Wrote ${rotated.file}`,
    `Computers that are known may use the old secret until ${new Date(rotated.old_until).toISOString()}.`,
    ...(isJoining
      ? []
      : [
          '',
          'On every other computer, and paste what that file holds:',
          `  ${cli.style('bold', `${cli.commandLine} mesh rotate --join`)}`,
        ]),
    '',
  ].join('\n')
}
