import { sleep, systemClock } from '../../../core/clock.ts'
import { findProgram } from '../../support/debian.ts'
import { descendantsOf, processesWith } from '../../support/processes.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { countOutput, openBareBash } from '../floors/bare-pty.ts'
import { openSendFloor, sendFloor } from '../floors/local-send.ts'
import { createLines, LINE_BYTES } from '../measure/lines-file.ts'
import { startMcp } from '../measure/mcp-client.ts'
import { median, percentile } from '../measure/percentile.ts'
import { privateMemory } from '../measure/process-memory.ts'
import { secondsOf, timeOf, timesInTurn } from '../measure/time.ts'
import { type BenchDaemon, BIN, startDaemon } from '../processes/daemon.ts'
import { throughWatch } from '../processes/watched-cat.ts'
import type { Figure, Row, Unit } from '../row.ts'

const BACKENDS = ['pty', 'tmux'] as const
const COMMAND = 'echo x'
const SEND_TURNS = { warmUp: 200, rounds: 12, calls: 40 }
const STARTS = 30
const LINES = 250_000
const CAT_ROUNDS = 3
const SESSIONS = 20
/** After this nothing of a start goes on. */
const IDLE_MS = 2000

type Backend = (typeof BACKENDS)[number]
/** Of each backend, and of the bare parts. */
type Samples = Record<Backend | 'floor', readonly number[]>

export const backends: Row = {
  name: 'backends',
  summary: `${BACKENDS.join(' and ')}: send, cat, start of a session and its memory`,
  async run() {
    await using daemon = await startWithTmux()
    return [
      ...(await sends(daemon)),
      ...(await cats(daemon)),
      ...(await starts(daemon)),
      ...(await memories()),
    ]
  },
}

async function startWithTmux(): Promise<BenchDaemon> {
  const { path } = await findProgram(tmuxProgram)
  return await startDaemon({ terminal: { tmuxProgram: path } })
}

async function sends(daemon: BenchDaemon): Promise<readonly Figure[]> {
  await using shim = await startMcp(BIN, ['mcp'], daemon.env)
  await using floor = await openSendFloor(COMMAND)
  const sendTo = async (backend: Backend) => {
    const session_id = await daemon.startSession(undefined, { backend })
    return () => shim.call('teleclaude__send', { session_id, message: COMMAND })
  }
  const parts = { pty: await sendTo('pty'), tmux: await sendTo('tmux'), ...floor.parts }
  const times = await timesInTurn(parts, SEND_TURNS)
  const { ms, text } = sendFloor(times)
  return [
    ...medians('send', 'ms', { ...times, floor: [ms] }, text),
    ...BACKENDS.map(
      (backend): Figure => ({
        what: `${backend}: send p99`,
        unit: 'ms',
        measured: percentile(times[backend], 0.99),
      }),
    ),
  ]
}

async function cats(daemon: BenchDaemon): Promise<readonly Figure[]> {
  using lines = createLines(LINES)
  const { path, printedBytes } = lines
  const rates = { floor: [] as number[], pty: [] as number[], tmux: [] as number[] }
  const rate = (seconds: number) => printedBytes / 1e6 / seconds
  for (let round = -1; round < CAT_ROUNDS; round++) {
    const bare = await secondsOf(() => countOutput('cat', [path], printedBytes))
    const pty = await throughWatch(daemon, lines, { backend: 'pty' })
    const tmux = await throughWatch(daemon, lines, { backend: 'tmux' })
    // The first time everything is loaded and compiled.
    if (round < 0) continue
    rates.floor.push(rate(bare))
    rates.pty.push(rate(pty.seconds))
    rates.tmux.push(rate(tmux.seconds))
  }
  const what = `cat of ${(LINES * LINE_BYTES) / 1e6} MB to a watcher`
  return medians(what, 'MB/s', rates, 'onData of bare node-pty')
}

async function starts(daemon: BenchDaemon): Promise<readonly Figure[]> {
  const started = { floor: [] as number[], pty: [] as number[], tmux: [] as number[] }
  const used = { floor: [] as number[], pty: [] as number[], tmux: [] as number[] }
  for (let round = 0; round < STARTS; round++) {
    const bare = await timeBareStart()
    started.floor.push(bare.started)
    used.floor.push(bare.used)
    for (const backend of BACKENDS) {
      const times = await timeStart(daemon, backend)
      started[backend].push(times.started)
      used[backend].push(times.used)
    }
  }
  return [
    ...medians('start of a session', 'ms', started, 'bash in bare node-pty until its prompt'),
    ...medians(
      'start until a command has run',
      'ms',
      used,
      'bash in bare node-pty until its prompt, and the command',
    ),
  ]
}

async function timeBareStart() {
  let bash: Awaited<ReturnType<typeof openBareBash>> | undefined
  const started = await timeOf(async () => {
    bash = await openBareBash()
  })
  const ran = await timeOf(async () => await bash?.command(COMMAND))
  bash?.[Symbol.dispose]()
  return { started, used: started + ran }
}

async function timeStart(daemon: BenchDaemon, backend: Backend) {
  let session_id = ''
  const started = await timeOf(async () => {
    session_id = await daemon.startSession(undefined, { backend })
  })
  const ran = await timeOf(() => daemon.client.call('session.send', { session_id, message: COMMAND }))
  await daemon.client.call('session.close', { session_id })
  return { started, used: started + ran }
}

async function memories(): Promise<readonly Figure[]> {
  using bash = await openBareBash()
  const floor = [privateMemory(bash.pid) * 1000]
  const samples = { floor, pty: [await memoryPerSession('pty')], tmux: [await memoryPerSession('tmux')] }
  return medians(
    'memory of a session',
    'KB',
    samples,
    'RssAnon of bash; measured is that of all processes together, bash too',
  )
}

async function memoryPerSession(backend: Backend): Promise<number> {
  await using daemon = await startWithTmux()
  await daemon.startSession(undefined, { backend })
  await sleep(systemClock, IDLE_MS)
  const before = memoryOfAll(daemon)
  for (let started = 0; started < SESSIONS; started++) await daemon.startSession(undefined, { backend })
  await sleep(systemClock, IDLE_MS)
  return ((memoryOfAll(daemon) - before) * 1000) / SESSIONS
}

/** Of the daemon, of what has a path of its own among its arguments, as servers of tmux have, and of what they started. */
function memoryOfAll({ pid, home }: BenchDaemon): number {
  const roots = [pid, ...processesWith(argument => argument.startsWith(`${home}/`))]
  const all = new Set(roots.flatMap(root => [root, ...descendantsOf(root)]))
  return [...all].map(privateMemory).reduce((sum, mb) => sum + mb, 0)
}

function medians(what: string, unit: Unit, samples: Samples, floor: string): readonly Figure[] {
  return BACKENDS.map(backend => ({
    what: `${backend}: ${what}`,
    unit,
    floor: median(samples.floor),
    measured: median(samples[backend]),
    ...(backend === 'pty' && { note: `floor = ${floor}` }),
  }))
}
