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
import { askForMesh, type MeshAnswers, type MeshOptions } from '../mesh-answers.ts'
import { meshSecretRef, REDIS_URL, writeMeshSecret, writeRedisUrl } from '../mesh-files.ts'
import type { ParsedVerb } from '../verb.ts'

export const init: ParsedVerb = {
  configure(command) {
    command
      .option('--config <path>', 'where to write it (default ~/.config/teleclaude/teleclaude.config.ts)')
      .option('--mesh', 'connect it with your other computers, and make the secret that they will share')
      .option(
        '--join',
        'connect it with a computer that has the secret already; it is asked for, never shown',
      )
      .option('--secret-file <path>', 'with --join: take the secret from a file')
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
    const meshOptions = {
      mesh: options.mesh === true,
      join: options.join === true,
      secretFile: options.secretFile as string | undefined,
    }
    const answers = await askFor(path, options.yes === true, meshOptions, cli)
    if (!answers) return EXIT.error
    const { mesh, ...config } = answers
    const files = { path, ...(mesh && writeMesh(path, mesh, cli)) }
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, configSource(config), { mode: 0o600, flush: true })
    await cli.print(
      options.json === true ? `${JSON.stringify({ ...files, ...config })}\n` : nextSteps(files, mesh, cli),
    )
    return EXIT.ok
  },
}

type InitAnswers = ConfigAnswers & { readonly mesh: MeshAnswers | null }

/** Null where a file that is there is to stay. */
async function askFor(
  path: string,
  takesDefaults: boolean,
  options: MeshOptions,
  cli: Cli,
): Promise<InitAnswers | null> {
  const questions = new Questions(cli, takesDefaults)
  try {
    if (existsSync(path) && !(await questions.confirm(`${path} is there already. Overwrite it?`))) return null
    return await ask(questions, options, cli)
  } finally {
    questions[Symbol.dispose]()
  }
}

async function ask(questions: Questions, options: MeshOptions, cli: Cli): Promise<InitAnswers> {
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
  const mesh = await askForMesh(questions, options, cli)
  return {
    computer,
    plugins: mesh ? [...list(plugins), 'redis'] : list(plugins),
    shell,
    cwd: cwd === '~' ? '' : cwd,
    projects: list(projects),
    meshSecret: mesh && meshSecretRef(cli.env),
    mesh,
  }
}

/** Written before the configuration, which refers to it. */
function writeMesh(configPath: string, { secret, redisUrl }: MeshAnswers, { env }: Cli) {
  return {
    meshSecret: writeMeshSecret(env, secret),
    ...(redisUrl && { redisUrl: writeRedisUrl(configPath, redisUrl) }),
  }
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

interface WrittenFiles {
  readonly path: string
  readonly meshSecret?: string
  readonly redisUrl?: string
}

function nextSteps(files: WrittenFiles, mesh: MeshAnswers | null, cli: Cli): string {
  const command = (line: string) => `  ${cli.style('bold', line)}`
  return [
    ...Object.values(files).map(file => `Wrote ${file}`),
    ...(mesh && !mesh.redisUrl && !cli.env[REDIS_URL]
      ? ['', `Set ${REDIS_URL} (in .env beside the configuration) to the URL of your Redis server.`]
      : []),
    '',
    'Start the daemon:',
    command(`${cli.commandLine} start`),
    '',
    'Add it to Claude Code:',
    command(claudeCodeLine(cli)),
    ...(mesh?.isNew
      ? [
          '',
          `On the next computer, and paste what ${files.meshSecret} here holds:`,
          command(`${cli.commandLine} init --join`),
        ]
      : []),
    '',
  ].join('\n')
}
