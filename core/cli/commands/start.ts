import { once } from 'node:events'
import { Option } from 'commander'
import { commandLine } from '../../command-line.ts'
import type { DaemonStatus } from '../../daemon-service.ts'
import { asTeleclaudeError, errorToWire, TeleclaudeError } from '../../errors.ts'
import type { Cli } from '../context.ts'
import { daemonStatus, daemonStatusIfRunning } from '../daemon-status.ts'
import type { StartFacts, StartReport } from '../detached.ts'
import { EXIT } from '../exit-codes.ts'
import { claudeCodeLine } from '../installation.ts'
import { neutralise } from '../neutralise.ts'
import { withSpinner } from '../spinner.ts'
import type { ParsedVerb } from '../verb.ts'
import { stillThere } from './stop.ts'

export const start: ParsedVerb = {
  configure(command) {
    command
      .option(
        '-d, --detach',
        'go on in the background; return when the daemon is ready, also where it runs already',
      )
      .option(
        '--config <path>',
        'the configuration (else TELECLAUDE_CONFIG, this folder, ~/.config/teleclaude)',
      )
      .option('--json', 'with --detach: print what was started as JSON')
      .addOption(new Option('--report', 'tell the parent process how it went').hideHelp())
      .addOption(
        new Option('--service <manager>', 'run for a service manager')
          .choices(['systemd', 'launchd'])
          .hideHelp(),
      )
  },
  async run({ options }, cli) {
    const path = (options.config as string | undefined) ?? cli.configPath
    if (options.detach === true) return await startInBackground(path, options.json === true, cli)
    if (options.report === true) return await startForParent(path, cli)
    if (typeof options.service === 'string') return await startForManager(path, options.service, cli)
    return await startHere(path, cli, facts => cli.print(welcome(facts, cli, FOREGROUND)))
  },
}

const FOREGROUND = 'Ctrl-C ends the daemon; its sessions go on.'

async function startInBackground(path: string | undefined, asJson: boolean, cli: Cli): Promise<undefined> {
  const [{ findConfig }, { startOrJoin }] = await Promise.all([
    import('../../config/find-config.ts'),
    import('../detached.ts'),
  ])
  const config = findConfig({ cwd: process.cwd(), env: cli.env, path })
  const running = await daemonStatusIfRunning(cli)
  const started = running?.ready ? null : await withSpinner(cli, 'starting', startOrJoin(config, cli))
  const facts = started ?? sameDaemon(await daemonStatus(cli), config)
  const how = started ? 'It runs in the background' : 'It ran already,'
  const farewell = `${how} as process ${facts.pid}; end it with: ${cli.commandLine} stop`
  await cli.print(asJson ? `${JSON.stringify(facts)}\n` : welcome(facts, cli, farewell))
}

/** The daemon that runs, if it is the one that was asked for. */
function sameDaemon(status: DaemonStatus, config: string | null): StartFacts {
  const { pid, computer, state_dir: stateDir } = status
  if (status.config !== config) {
    throw new TeleclaudeError(
      'TC_ERR_ALREADY_RUNNING',
      `another daemon (process ${pid}) runs on the state folder ${stateDir}, with ${named(status.config)} instead of ${named(config)}. Stop it with \`${commandLine} stop\`, or set TELECLAUDE_STATE_DIR to another folder.`,
    )
  }
  const plugins = status.plugins.map(({ name, problem }) => ({ name, health: problem }))
  return { pid, computer, stateDir, config, plugins }
}

function named(config: string | null): string {
  return config === null ? 'the built-in default' : `the configuration ${config}`
}

/** For systemd or launchd, in the foreground; there is nobody to be told what to type. */
async function startForManager(path: string | undefined, manager: string, cli: Cli): Promise<number> {
  const { runAsService } = await import('./service-start.ts')
  const onReady = ({ computer }: StartFacts) => cli.print(`TeleClaude is ready on ${computer}.\n`)
  return await runAsService(manager, () => startHere(path, cli, onReady), cli)
}

/** In the background: the parent prints, this only reports, and goes on when the parent is gone. */
async function startForParent(path: string | undefined, cli: Cli): Promise<number> {
  const report = (message: StartReport) =>
    new Promise<void>(resolve => {
      if (!process.connected || !process.send) return resolve()
      process.send(message, () => resolve())
    })
  try {
    return await startHere(path, cli, async facts => {
      await report({ ready: facts })
      if (process.connected) process.disconnect()
    })
  } catch (error) {
    const { recordStartFault } = await import('../../service/start-fault.ts')
    recordStartFault(cli.stateDir, error, cli.clock)
    await report({ error: errorToWire(asTeleclaudeError(error)) })
    return EXIT.error
  }
}

async function startHere(
  path: string | undefined,
  cli: Cli,
  onReady: (facts: StartFacts) => Promise<void>,
): Promise<number> {
  const [{ loadConfig }, { openStateDir }, { startDaemon }, { keepHeapSmall }, faults] = await Promise.all([
    import('../../config/load-config.ts'),
    import('../../state-dir.ts'),
    import('../../daemon.ts'),
    import('../daemon-heap.ts'),
    import('../../service/start-fault.ts'),
  ])
  const config = await loadConfig({ cwd: process.cwd(), env: cli.env, path })
  const daemon = await startDaemon({ config, stateDir: openStateDir({ env: cli.env }), clock: cli.clock })
  faults.forgetStartFault(daemon.stateDir)
  await onReady({
    pid: process.pid,
    computer: daemon.computer,
    stateDir: daemon.stateDir,
    config: config.source,
    plugins: daemon.plugins(),
  })
  keepHeapSmall()
  if (!cli.signal.aborted) await Promise.race([once(cli.signal, 'abort'), daemon.closed])
  const live = daemon.liveSessions()
  const failures = await daemon.close()
  for (const failure of failures) cli.tell(`teleclaude: ${failure.message} (${failure.code})`)
  await cli.print(`The daemon has stopped. ${stillThere(live, cli)}\n`)
  return failures.length > 0 ? EXIT.error : EXIT.ok
}

function welcome(facts: StartFacts, cli: Cli, farewell: string): string {
  const { computer, stateDir, config, plugins } = facts
  const ill = plugins.filter(({ health }) => health)
  return [
    `${cli.style('green', 'TeleClaude is ready')} on ${computer}.`,
    '',
    `  state    ${stateDir}`,
    `  config   ${config ?? 'built-in default'}`,
    `  log      ${cli.logPath}`,
    `  plugins  ${plugins.map(({ name }) => name).join(', ') || 'none'}`,
    ...ill.map(({ name, health }) => cli.style('yellow', `  ${name}: ${neutralise(health ?? '')}`)),
    '',
    'Try it, in another terminal:',
    `  ${cli.style('bold', `${cli.commandLine} run -- ls -la`)}`,
    '',
    'Add it to Claude Code:',
    `  ${cli.style('bold', claudeCodeLine(cli))}`,
    '',
    farewell,
    '',
  ].join('\n')
}
