import { findConfig } from '../../config/find-config.ts'
import { isTeleclaudeError, TeleclaudeError } from '../../errors.ts'
import { supervisorHere } from '../../service/installed.ts'
import type { Supervisor } from '../../service/supervisor.ts'
import { type FileOutcome, writeService } from '../../service/write-service.ts'
import { openStateDir } from '../../state-dir.ts'
import type { Cli } from '../context.ts'
import { daemonStatusIfRunning } from '../daemon-status.ts'
import { neutralise } from '../neutralise.ts'
import { serviceReady, specFor } from '../service.ts'
import { withSpinner } from '../spinner.ts'
import type { ParsedVerb } from '../verb.ts'
import { stopDaemon } from './stop.ts'

export const serviceInstall: ParsedVerb = {
  configure(command) {
    command
      .option(
        '--config <path>',
        'the configuration (else TELECLAUDE_CONFIG, this folder, ~/.config/teleclaude)',
      )
      .option('--dry-run', 'print the file and change nothing')
      .option('--force', 'replace a file that was edited by hand, or that is not ours')
      .option('--json', 'print what was done as JSON')
      .addHelpText(
        'after',
        '\nTwice is fine: what is as it should be is left alone. A daemon that runs already is handed over; its sessions go on.',
      )
  },
  async run({ options }, cli) {
    const path = (options.config as string | undefined) ?? cli.configPath
    const config = findConfig({ cwd: process.cwd(), env: cli.env, path })
    const supervisor = await supervisorHere(cli.env, cli.clock)
    const text = await supervisor.render(specFor(supervisor, config, cli))
    if (options.dryRun === true) {
      await cli.print(text)
      return undefined
    }
    openStateDir({ env: cli.env }) // it must be there for the service's log, and be ours
    const file = writeService(supervisor.file, text, options.force === true)
    const done = await withSpinner(cli, 'starting', bringUp(supervisor, file, config, cli))
    const result = { supervisor: supervisor.name, file: supervisor.file, config, ...file, ...done }
    await cli.print(options.json === true ? `${JSON.stringify(result)}\n` : render(result, supervisor, cli))
    return undefined
  },
}

interface BroughtUp {
  /** Why the service was not started; null where it runs. */
  readonly not_started: string | null
  readonly pid: number | null
  readonly handed_over_from: number | null
  readonly hint: string | null
}

async function bringUp(
  supervisor: Supervisor,
  { outcome }: FileOutcome,
  config: string | null,
  cli: Cli,
): Promise<BroughtUp> {
  const not_started = await supervisor.whyNot()
  if (not_started !== null) return { not_started, pid: null, handed_over_from: null, hint: null }
  const handed_over_from = await handOver(supervisor, cli)
  const since = cli.clock.now()
  await supervisor.load({ isChanged: outcome !== 'unchanged' })
  await serviceReady(supervisor, since, cli).catch(error => {
    throw withAdvice(error, config)
  })
  const { pid } = await supervisor.state()
  return { not_started, pid, handed_over_from, hint: await supervisor.hint() }
}

/** A daemon that was started in another way would keep the service from starting. */
async function handOver(supervisor: Supervisor, cli: Cli): Promise<number | null> {
  const running = await daemonStatusIfRunning(cli)
  if (!running || running.pid === (await supervisor.state()).pid) return null
  await stopDaemon(running.pid, false, cli)
  return running.pid
}

function withAdvice(error: unknown, config: string | null): unknown {
  if (!isTeleclaudeError(error, 'TC_ERR_SECRET')) return error
  const where = config === null ? 'beside the configuration' : `beside ${config}`
  return new TeleclaudeError(
    error.code,
    `${error.message}\nThe service does not have your shell's environment: write secrets to .env ${where}.`,
    { cause: error },
  )
}

function render(
  result: FileOutcome & BroughtUp & { file: string; config: string | null },
  supervisor: Supervisor,
  cli: Cli,
): string {
  const { file, config, not_started, pid, handed_over_from, hint } = result
  const lines = [
    `${result.outcome === 'installed' ? 'Wrote' : result.outcome === 'changed' ? 'Changed' : 'Unchanged:'} ${file}`,
    ...(result.outcome === 'changed' ? result.changes.map(line => `  ${line}`) : []),
    `It starts the daemon with ${config ?? 'the built-in default configuration'}.`,
    ...(handed_over_from === null
      ? []
      : [`The daemon that ran (process ${handed_over_from}) has stopped for it; its sessions go on.`]),
    ...(pid === null ? [] : [`The service runs, as process ${pid}.`]),
    ...(not_started === null
      ? []
      : [`It could not be started: ${not_started}. Where ${supervisor.name} answers, type:`]),
    ...(not_started === null ? [] : supervisor.toType.load.map(line => `  ${line}`)),
    ...(not_started === null ? [] : [`Until then, or without it: ${cli.commandLine} start --detach`]),
    ...(hint === null ? [] : [hint]),
    `Take it away with: ${cli.commandLine} service uninstall`,
  ]
  return `${lines.map(neutralise).join('\n')}\n`
}
