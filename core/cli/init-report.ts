import { dirname, join, resolve } from 'node:path'
import { findConfig } from '../config/find-config.ts'
import { meshLines } from './config-source.ts'
import type { Cli } from './context.ts'
import type { InitAnswers } from './init-answers.ts'
import { claudeCodeLine, shellQuote } from './installation.ts'
import { meshSecretRef, REDIS_URL, readRedisUrl } from './mesh-files.ts'

/** The files that `init` wrote, or found as they should be. */
export interface InitFiles {
  readonly path: string
  readonly meshSecret?: string
  readonly redisUrl?: string
}

/** What was written, and what to do next. */
export function initReport(files: InitFiles, { config, mesh }: InitAnswers, cli: Cli): string {
  const command = (line: string) => `  ${cli.style('bold', line)}`
  const { path, meshSecret, redisUrl } = files
  return [
    `${config ? 'Wrote' : 'Left as it is:'} ${path}`,
    ...(meshSecret ? [`${mesh?.isKept ? 'Kept' : 'Wrote'} ${meshSecret}`] : []),
    ...(redisUrl ? [`Wrote ${redisUrl}`] : []),
    ...(mesh && !config
      ? ['', 'What connects this computer, if it is not in the configuration yet:', ...toAdd(cli)]
      : []),
    ...(mesh && !redisUrl ? urlAdvice(path, cli) : []),
    '',
    'Start the daemon:',
    command(`${cli.commandLine} start${configOption(path, cli)}`),
    '',
    'Add it to Claude Code:',
    command(claudeCodeLine(cli)),
    ...(mesh?.isToShare
      ? [
          '',
          `On every other computer; it asks for the secret, which is in ${meshSecret} here:`,
          command(`${cli.commandLine} init --join`),
        ]
      : []),
    '',
  ].join('\n')
}

/** Needed where another configuration would be found first, as in a checkout. */
function configOption(path: string, { env }: Cli): string {
  const isNamed = env.TELECLAUDE_CONFIG && resolve(env.TELECLAUDE_CONFIG) === path
  const isFound = !env.TELECLAUDE_CONFIG && findConfig({ cwd: process.cwd(), env }) === path
  return isNamed || isFound ? '' : ` --config ${shellQuote(path)}`
}

function toAdd({ env }: Cli): string[] {
  return meshLines(meshSecretRef(env)).map(line => `  ${line}`)
}

function urlAdvice(configPath: string, { env }: Cli): string[] {
  const path = join(dirname(configPath), '.env')
  if (readRedisUrl(configPath)) return [`The Redis server is the one in ${path}`]
  if (env[REDIS_URL])
    return ['', `${REDIS_URL} was not written down: set it for the daemon too, or write it to ${path}`]
  return ['', `Write the URL of your Redis server to ${path}:`, `  ${REDIS_URL}=rediss://…`]
}
