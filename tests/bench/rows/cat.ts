import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { countOutput } from '../floors/bare-pty.ts'
import { startScript } from '../measure/child-lines.ts'
import { median } from '../measure/percentile.ts'
import { watchGrowth } from '../measure/process-memory.ts'
import { timeOf } from '../measure/time.ts'
import { type BenchDaemon, startDaemon } from '../processes/daemon.ts'
import type { Figure, Row } from '../row.ts'

const LINE = `${'The quick brown fox jumps over the lazy dog. '.repeat(2).slice(0, 79)}\n`
const LINES = 1_250_000
/** A terminal prints a carriage return before each newline. */
const PRINTED_BYTES = LINES * (LINE.length + 1)
const MB = PRINTED_BYTES / 1e6
const ROUNDS = 3

export const cat: Row = {
  name: 'cat',
  summary: `cat of ${(LINES * LINE.length) / 1e6} MB through the journal to a reader, against bare node-pty`,
  async run() {
    const dir = mkdtempSync('/tmp/tc-')
    const file = join(dir, 'large.txt')
    writeFileSync(file, LINE.repeat(LINES))
    try {
      return await measure(file)
    } finally {
      rmSync(dir, { recursive: true })
    }
  },
}

async function measure(file: string): Promise<readonly Figure[]> {
  await using daemon = await startDaemon([new URL('../processes/reader-plugin.ts', import.meta.url).pathname])
  const rates = { floor: [] as number[], watch: [] as number[], inDaemon: [] as number[] }
  // The first time everything is loaded and compiled, which counts as growth and not for the rate.
  const growth = { ...(await throughWatch(daemon, file)).growth }
  for (let round = 0; round < ROUNDS; round++) {
    rates.floor.push(MB / (await seconds(() => countOutput('cat', [file], PRINTED_BYTES))))
    rates.inDaemon.push(MB / (await seconds(() => throughDaemon(daemon, file))))
    const watched = await throughWatch(daemon, file)
    rates.watch.push(MB / watched.seconds)
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

async function throughDaemon(daemon: BenchDaemon, file: string): Promise<void> {
  const session_id = await daemon.startSession()
  const read = daemon.client.call('bench.count', { session_id, bytes: PRINTED_BYTES })
  await daemon.client.call('session.input', { session_id, text: `cat ${file}` })
  await read
  await daemon.client.call('session.close', { session_id })
}

async function throughWatch(daemon: BenchDaemon, file: string) {
  const session_id = await daemon.startSession()
  const args = [daemon.controlSocket, session_id, String(PRINTED_BYTES)]
  await using watcher = startScript(new URL('../processes/watcher.ts', import.meta.url), args)
  await watcher.line('ready')
  const growth = watchGrowth({ daemon: daemon.pid, 'pty host': daemon.ptyHostPid(), watcher: watcher.pid })
  const took = await seconds(async () => {
    const seen = watcher.line('seen')
    await daemon.client.call('session.input', { session_id, text: `cat ${file}` })
    await seen
  })
  await daemon.client.call('session.close', { session_id })
  return { seconds: took, growth: await growth.stop() }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  return (await timeOf(work)) / 1000
}
