import { supervisorHere } from '../../service/installed.ts'
import type { Supervisor } from '../../service/supervisor.ts'
import { mayRemove, removeService } from '../../service/write-service.ts'
import type { Cli } from '../context.ts'
import { neutralise } from '../neutralise.ts'
import { withSpinner } from '../spinner.ts'
import type { ParsedVerb } from '../verb.ts'

export const serviceUninstall: ParsedVerb = {
  configure(command) {
    command
      .option('--force', 'also a file that was edited by hand')
      .option('--json', 'print what was done as JSON')
      .addHelpText('after', '\nThe daemon stops; its sessions go on, as after `teleclaude stop`.')
  },
  async run({ options }, cli) {
    const supervisor = await supervisorHere(cli.env, cli.clock)
    const isThere = mayRemove(supervisor.file, options.force === true)
    const result = isThere ? await withSpinner(cli, 'stopping', takeAway(supervisor)) : NOTHING
    const { file, name } = supervisor
    const text = isThere ? render(result, supervisor, cli) : `There is no service: no ${neutralise(file)}\n`
    await cli.print(
      options.json === true ? `${JSON.stringify({ supervisor: name, file, ...result })}\n` : text,
    )
    return undefined
  },
}

interface TakenAway {
  readonly removed: boolean
  /** Why the service was not stopped; null where it was. */
  readonly not_stopped: string | null
}

const NOTHING: TakenAway = { removed: false, not_stopped: null }

async function takeAway(supervisor: Supervisor): Promise<TakenAway> {
  const not_stopped = await supervisor.whyNot()
  if (not_stopped === null) await supervisor.unload()
  removeService(supervisor.file)
  await supervisor.forget()
  return { removed: true, not_stopped }
}

function render({ not_stopped }: TakenAway, { file, name, toType }: Supervisor, cli: Cli): string {
  const lines =
    not_stopped === null
      ? [
          'The service has stopped and does not start any more; sessions go on.',
          `The daemon without it: ${cli.commandLine} start`,
        ]
      : [
          `It could not be stopped: ${not_stopped}. Where ${name} answers, type:`,
          ...toType.unload.map(line => `  ${line}`),
        ]
  return `${[`Removed ${file}`, ...lines].map(neutralise).join('\n')}\n`
}
