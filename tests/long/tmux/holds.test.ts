import { expect, test } from 'vitest'
import { Harness } from '../../plugins/terminal/harness.ts'
import { block, keptMiB, untilWaiting, written } from '../../support/tmux-hold.ts'
import { until } from '../../support/until.ts'

/** Each in pieces and in an amount of its own: how they fit into the buffers on the way is what this is about. */
const PRINTING = [
  ['seq', '1', '100000000'],
  ['yes'],
  ['yes', ''],
  ['yes', 'x'.repeat(79)],
  ['yes', 'x'.repeat(80)],
  ['yes', 'x'.repeat(511)],
  ['yes', 'x'.repeat(4095)],
  ['yes', 'x'.repeat(100_000)],
  ['yes', '\u{1f600} \u00e9'],
  ['yes', '\x1b[31mred\x1b[0m'],
  ['yes', '\x1b[2J\x1b[H'],
  ['cat', '/dev/zero'],
  ['base64', '-w', '0', '/dev/urandom'],
  ['base64', '/dev/urandom'],
  ['bash', '-c', 'for ((i=0;;i++)) do printf %d "$i"; done'],
  ['dd', 'if=/dev/zero', 'bs=1'],
  ['dd', 'if=/dev/zero', 'bs=512'],
  ['dd', 'if=/dev/zero', 'bs=8192'],
  ['dd', 'if=/dev/zero', 'bs=65537'],
] as const

test.each(PRINTING.map(command => [command.join(' ').slice(0, 40), command] as const))(
  'of %j little is kept in tmux while nobody takes it, however often',
  async (_name, command) => {
    await using it = await Harness.create({ backend: 'tmux' })
    const id = await it.start({ command: ['bash', '-c', 'read; exec "$@"', '-', ...command] })
    const pid = it.sink.sessions.get(id)?.terminal.pid ?? 0
    let blocked = block(it)
    await it.terminals.write(id, { type: 'raw', data: '\r' })
    try {
      for (let holds = 0; holds < 5; holds++) {
        await untilWaiting(pid)
        expect(keptMiB(it, id)).toBeLessThan(16)
        const before = written(pid)
        blocked.release()
        await until(() => written(pid) !== before, 'more')
        blocked = block(it)
      }
    } finally {
      blocked.release()
    }
  },
)
