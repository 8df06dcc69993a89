import { InvalidArgumentError, Option } from 'commander'
import { Questions } from '../ask.ts'
import type { Cli } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { joiningSecret } from '../mesh-answers.ts'
import { count } from '../render/amounts.ts'
import type { ParsedVerb } from '../verb.ts'

export const meshRotate: ParsedVerb = {
  configure(command) {
    command
      .option(
        '--join',
        'take the secret of a computer that has rotated already; it is asked for, never shown',
      )
      .option('--secret-file <path>', 'as --join, with the secret from a file')
      .addOption(
        new Option(
          '--grace-hours <hours>',
          'how long the old secret is accepted from computers that are known',
        )
          .default(24)
          .argParser(hours),
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
    const printed = report({ file: rotated.file, graceHours: options.graceHours as number, isJoining }, cli)
    await cli.print(options.json === true ? `${JSON.stringify(rotated)}\n` : printed)
    return EXIT.ok
  },
}

async function ask(secretFile: string | undefined, cli: Cli): Promise<string> {
  const questions = new Questions(cli, false, '--secret-file <path>')
  try {
    return await joiningSecret(questions, secretFile)
  } finally {
    questions[Symbol.dispose]()
  }
}

/** As the operation takes them. */
const MAX_HOURS = 720

function hours(text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && number >= 0 && number <= MAX_HOURS) return number
  throw new InvalidArgumentError(`It must be a number of hours up to ${MAX_HOURS}.`)
}

interface Rotation {
  readonly file: string
  readonly graceHours: number
  readonly isJoining: boolean
}

function report({ file, graceHours, isJoining }: Rotation, cli: Cli): string {
  return [
    `Wrote ${file}`,
    graceHours > 0
      ? `The one before is taken for ${count(graceHours, 'hour')} more, from computers that are known here.`
      : 'The one before is not taken any more.',
    ...(isJoining
      ? []
      : [
          '',
          'On every other computer; it asks for the secret, which is in that file here:',
          `  ${cli.style('bold', `${cli.commandLine} mesh rotate --join`)}`,
        ]),
    '',
  ].join('\n')
}
