import { Option } from 'commander'
import { TAIL_KINDS, type TailItem, type TailLine } from '../../mesh/tail.ts'
import type { Cli } from '../context.ts'
import { neutralise } from '../neutralise.ts'
import { inBytes } from '../render/amounts.ts'
import type { ParsedVerb } from '../verb.ts'

export const meshTail: ParsedVerb = {
  configure(command) {
    command
      .option('--computer <computer>', 'only what comes from this computer or goes to it')
      .addOption(
        new Option('--kind <kind...>', 'only messages of these kinds (may be repeated)').choices(TAIL_KINDS),
      )
      .option('--payload', 'show what is in the messages, too; secrets are blacked out')
      .option('--json', 'print one JSON object per line')
  },
  async run({ options }, cli) {
    const { computer, kind, payload } = options
    const input = {
      ...(computer !== undefined && { computer }),
      ...(kind !== undefined && { kinds: kind }),
      payload: payload === true,
    }
    const show = async (item: unknown) => {
      // `mesh.tail` emits nothing else.
      const { lines, lost } = item as TailItem
      const text = lines.map(line =>
        options.json === true ? `${JSON.stringify(line)}\n` : render(line, cli),
      )
      await cli.print(text.join(''))
      if (lost === 0) return
      if (options.json === true) await cli.print(`${JSON.stringify({ lost })}\n`)
      else cli.tell(`teleclaude: ${lost} messages came faster than they were read, and are not shown`)
    }
    await cli.daemon.call('mesh.tail', input, { signal: cli.signal, onItem: show })
    return undefined
  },
}

function render(line: TailLine, { style }: Cli): string {
  const { at, direction, kind, from, to, operation, id, bytes, outcome, payload } = line
  const isWell = outcome === null || outcome === 'success'
  const words = [
    style('dim', new Date(at).toISOString().slice(11, 23)),
    direction === 'in' ? '<' : '>',
    style('cyan', kind.padEnd(9)),
    `${from} → ${to ?? 'all'}`,
    ...(operation ? [neutralise(operation)] : []),
    ...(outcome ? [isWell ? outcome : style('yellow', neutralise(outcome))] : []),
    style('dim', [id, inBytes(bytes)].filter(Boolean).join(' ')),
  ]
  const shown = payload === undefined ? '' : `    ${neutralise(JSON.stringify(payload))}\n`
  return `${words.join(' ')}\n${shown}`
}
