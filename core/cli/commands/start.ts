import { once } from 'node:events'
import { Option } from 'commander'
import { asTeleclaudeError, errorToWire } from '../../errors.ts'
import type { Cli } from '../context.ts'
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
      .option('-d, --detach', 'go on in the background; return when the daemon is ready')
      .option(
        '--config <path>',
        'the configuration (else TELECLAUDE_CONFIG, this folder, ~/.config/teleclaude)',
      )
      .option('--json', 'with --detach: print what was started as JSON')
      .addOption(new Option('--report', 'tell the parent process how it went').hideHelp())
  },
  async run({ options }, cli) {
    const path = (options.config as string | undefined) ?? cli.configPath
    if (options.detach === true) return await startInBackground(path, options.json === true, cli)
    if (options.report === true) return await startForParent(path, cli)
    return await startHere(path, cli, facts => cli.print(welcome(facts, cli, FOREGROUND)))
  },
}

const FOREGROUND = 'Ctrl-C ends the daemon; its sessions go on.'

async function startInBackground(path: string | undefined, asJson: boolean, cli: Cli): Promise<undefined> {
  const [{ findConfig }, { startDetached }] = await Promise.all([
    import('../../config/find-config.ts'),
    import('../detached.ts'),
  ])
  const config = findConfig({ cwd: process.cwd(), env: cli.env, path })
  const facts = await withSpinner(cli, 'starting', startDetached(config, cli))
  const farewell = `It runs in the background as process ${facts.pid}; end it with: ${cli.commandLine} stop`
  await cli.print(asJson ? `${JSON.stringify(facts)}\n` : welcome(facts, cli, farewell))
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
    await report({ error: errorToWire(asTeleclaudeError(error)) })
    return EXIT.error
  }
}

async function startHere(
  path: string | undefined,
  cli: Cli,
  onReady: (facts: StartFacts) => Promise<void>,
): Promise<number> {
  const [{ loadConfig }, { openStateDir }, { startDaemon }, { keepHeapSmall }] = await Promise.all([
    import('../../config/load-config.ts'),
    import('../../state-dir.ts'),
    import('../../daemon.ts'),
    import('../daemon-heap.ts'),
  ])
  const config = await loadConfig({ cwd: process.cwd(), env: cli.env, path })
  const daemon = await startDaemon({ config, stateDir: openStateDir({ env: cli.env }), clock: cli.clock })
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
