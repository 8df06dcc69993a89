import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { COMPUTER_NAME, defaultComputerName } from '../../config/computer-name.ts'
import { userConfigDir } from '../../config/find-config.ts'
import { DEFAULT_PLUGINS } from '../../config/schema.ts'
import { TeleclaudeError } from '../../errors.ts'
import { Questions } from '../ask.ts'
import { type ConfigAnswers, configSource } from '../config-source.ts'
import type { Cli } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { claudeCodeLine } from '../installation.ts'
import type { ParsedVerb } from '../verb.ts'

export const init: ParsedVerb = {
  configure(command) {
    command
      .option('--config <path>', 'where to write it (default ~/.config/teleclaude/teleclaude.config.ts)')
      .option('-y, --yes', 'ask nothing and take the defaults; a file that is there is left alone')
      .option('--json', 'print what was written as JSON')
  },
  async run({ options }, cli) {
    const given = (options.config as string | undefined) ?? cli.configPath ?? cli.env.TELECLAUDE_CONFIG
    const path = resolve(given ?? join(userConfigDir(cli.env), 'teleclaude.config.ts'))
    if (!path.endsWith('.ts')) {
      throw new TeleclaudeError(
        'TC_ERR_INVALID_INPUT',
        `${path} must end in .ts: init writes a typed configuration`,
      )
    }
    if (options.yes === true) refuseExisting(path)
    const answers = await askFor(path, options.yes === true, cli)
    if (!answers) return EXIT.error
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, configSource(answers), { mode: 0o600, flush: true })
    await cli.print(
      options.json === true ? `${JSON.stringify({ path, ...answers })}\n` : nextSteps(path, cli),
    )
    return EXIT.ok
  },
}

/** Null where a file that is there is to stay. */
async function askFor(path: string, takesDefaults: boolean, cli: Cli): Promise<ConfigAnswers | null> {
  const questions = new Questions(cli, takesDefaults)
  try {
    if (existsSync(path) && !(await questions.confirm(`${path} is there already. Overwrite it?`))) return null
    return await ask(questions)
  } finally {
    questions[Symbol.dispose]()
  }
}

async function ask(questions: Questions): Promise<ConfigAnswers> {
  const computer = await questions.ask('Name of this computer', defaultComputerName(), answer =>
    COMPUTER_NAME.test(answer) ? null : 'lower-case letters, digits and dashes, at most 32',
  )
  const plugins = await questions.ask('Plugins', DEFAULT_PLUGINS.join(', '), answer => {
    const unknown = list(answer).filter(name => !DEFAULT_PLUGINS.includes(name))
    return unknown.length > 0 ? `${unknown.join(', ')}: not one of ${DEFAULT_PLUGINS.join(', ')}` : null
  })
  const shell = await questions.ask('Shell of new sessions (empty: your login shell)', '', absoluteOrNothing)
  const cwd = await questions.ask('Folder of new sessions', '~', folderOrNothing)
  const projects = await questions.ask(
    'Project folders, separated by commas',
    '',
    answer => list(answer).map(folderOrNothing).find(Boolean) ?? null,
  )
  return { computer, plugins: list(plugins), shell, cwd: cwd === '~' ? '' : cwd, projects: list(projects) }
}

function absoluteOrNothing(answer: string): string | null {
  return answer === '' || existsSync(answer) ? null : `${answer} does not exist`
}

function folderOrNothing(answer: string): string | null {
  return absoluteOrNothing(answer.replace(/^~(?=$|\/)/, homedir()))
}

function list(answer: string): string[] {
  return answer
    .split(',')
    .map(item => item.trim())
    .filter(Boolean)
}

function refuseExisting(path: string): void {
  if (!existsSync(path)) return
  throw new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `${path} is there already. Move it away, or run init without --yes`,
  )
}

function nextSteps(path: string, cli: Cli): string {
  return [
    `Wrote ${path}`,
    '',
    'Start the daemon:',
    `  ${cli.style('bold', `${cli.commandLine} start`)}`,
    '',
    'Add it to Claude Code:',
    `  ${cli.style('bold', claudeCodeLine(cli))}`,
    '',
  ].join('\n')
}
