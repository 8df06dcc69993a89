import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Option } from 'commander'
import { userConfigDir } from '../../config/find-config.ts'
import { TeleclaudeError } from '../../errors.ts'
import { type ConfigAnswers, configSource } from '../config-source.ts'
import type { Cli } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { askForInit } from '../init-answers.ts'
import { initReport } from '../init-report.ts'
import { type MeshAnswers, type MeshOptions, wantsMesh } from '../mesh-answers.ts'
import { writeMeshSecret, writeRedisUrl } from '../mesh-files.ts'
import type { ParsedVerb } from '../verb.ts'

export const init: ParsedVerb = {
  configure(command) {
    command
      .option('--config <path>', 'where to write it (default ~/.config/teleclaude/teleclaude.config.ts)')
      .option('--mesh', 'connect it with your other computers, and make the secret that they will share')
      .addOption(
        new Option(
          '--join',
          'connect it with a computer that has the secret already; it is asked for, never shown',
        ).conflicts('mesh'),
      )
      .addOption(
        new Option('--secret-file <path>', 'as --join, with the secret from a file').conflicts('mesh'),
      )
      .option('-y, --yes', 'ask nothing and take the defaults; a configuration that is there is left alone')
      .option('--json', 'print what was written as JSON')
  },
  async run({ options }, cli) {
    const given = (options.config as string | undefined) ?? cli.configPath ?? cli.env.TELECLAUDE_CONFIG
    const path = resolve(given ?? join(userConfigDir(cli.env), 'teleclaude.config.ts'))
    const takesDefaults = options.yes === true
    const meshOptions: MeshOptions = {
      mesh: options.mesh === true,
      join: options.join === true,
      secretFile: options.secretFile as string | undefined,
    }
    requireTypeScript(path)
    if (takesDefaults) requireNoQuestion(path, meshOptions)
    const answers = await askForInit(path, takesDefaults, meshOptions, cli)
    const { config, mesh } = answers
    if (!config && !mesh) return EXIT.error
    const files = { path, ...(mesh && writeMesh(path, mesh, cli)) }
    if (config) writeConfig(path, config)
    await cli.print(
      options.json === true
        ? `${JSON.stringify({ ...config, ...files })}\n`
        : initReport(files, answers, cli),
    )
    return EXIT.ok
  },
}

function requireTypeScript(path: string): void {
  if (path.endsWith('.ts')) return
  throw new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `${path} must end in .ts: init writes a typed configuration`,
  )
}

function requireNoQuestion(path: string, options: MeshOptions): void {
  if (options.join && options.secretFile === undefined) {
    throw new TeleclaudeError(
      'TC_ERR_INVALID_INPUT',
      'with --yes nothing is asked, so give the secret with --secret-file <path>',
    )
  }
  if (!existsSync(path) || wantsMesh(options)) return
  throw new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `${path} is there already. Move it away, or run init without --yes`,
  )
}

/** Written before the configuration, which refers to it. */
function writeMesh(configPath: string, { secret, redisUrl }: MeshAnswers, { env }: Cli) {
  return {
    meshSecret: writeMeshSecret(env, secret),
    ...(redisUrl && { redisUrl: writeRedisUrl(configPath, redisUrl) }),
  }
}

function writeConfig(path: string, config: ConfigAnswers): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, configSource(config), { mode: 0o600, flush: true })
}
