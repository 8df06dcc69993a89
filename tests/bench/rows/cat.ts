import { countOutput } from '../floors/bare-pty.ts'
import { createLines, LINE_BYTES, type LinesFile } from '../measure/lines-file.ts'
import { median } from '../measure/percentile.ts'
import { secondsOf } from '../measure/time.ts'
import { type BenchDaemon, startDaemon } from '../processes/daemon.ts'
import { throughWatch } from '../processes/watched-cat.ts'
import type { Figure, Row } from '../row.ts'

const LINES = 1_250_000
const ROUNDS = 3
const READER = new URL('../processes/reader-plugin.ts', import.meta.url).pathname

export const cat: Row = {
  name: 'cat',
  summary: `cat of ${(LINES * LINE_BYTES) / 1e6} MB through the journal to a reader, against bare node-pty`,
  async run() {
    using lines = createLines(LINES)
    return await measure(lines)
  },
}

async function measure(lines: LinesFile): Promise<readonly Figure[]> {
  await using daemon = await startDaemon({ plugins: [READER] })
  const rates = { floor: [] as number[], watch: [] as number[], inDaemon: [] as number[] }
  // The first time everything is loaded and compiled, which counts as growth and not for the rate.
  const growth = { ...(await throughWatch(daemon, lines)).growth }
  const { path, printedBytes } = lines
  const mb = printedBytes / 1e6
  for (let round = 0; round < ROUNDS; round++) {
    rates.floor.push(mb / (await secondsOf(() => countOutput('cat', [path], printedBytes))))
    rates.inDaemon.push(mb / (await secondsOf(() => throughDaemon(daemon, lines))))
    const watched = await throughWatch(daemon, lines)
    rates.watch.push(mb / watched.seconds)
    for (const [name, mb] of Object.entries(watched.growth)) growth[name] = Math.max(growth[name] ?? 0, mb)
  }
  const floor = median(rates.floor)
  return [
    rate('to a watcher on the control socket', median(rates.watch), floor),
    rate('to a reader in the daemon', median(rates.inDaemon), floor),
    ...Object.entries(growth).map(
      ([name, measured]): Figure => ({
        what: `growth of the ${name}`,
        unit: 'MB',
        measured,
        target: { of: 'value', atMost: 33.5 },
        ...(name === 'daemon' && {
          note: 'peak of RssAnon while it passes, over before; 32 MiB are 33.5 MB',
        }),
      }),
    ),
  ]
}

function rate(what: string, measured: number, floor: number): Figure {
  return { what, unit: 'MB/s', floor, measured, target: { of: 'ratio', atLeast: 0.5 } }
}

async function throughDaemon(daemon: BenchDaemon, { path, printedBytes }: LinesFile): Promise<void> {
  const session_id = await daemon.startSession()
  const read = daemon.client.call('bench.count', { session_id, bytes: printedBytes })
  await daemon.client.call('session.input', { session_id, text: `cat ${path}` })
  await read
  await daemon.client.call('session.close', { session_id })
}
