import { systemClock } from '../../../core/clock.ts'
import { createDaemonClient } from '../../../core/control/client.ts'
import type { DaemonClient } from '../../../core/host/plugin.ts'
import { startRedis } from '../../support/redis-server.ts'
import { median, percentile } from '../measure/percentile.ts'
import { timeOf } from '../measure/time.ts'
import type { BenchDaemon } from '../processes/daemon.ts'
import { startMesh } from '../processes/mesh.ts'
import type { Figure, Row } from '../row.ts'

const AGENTS = 50
const ROUNDS = 10
const RUN_ROUNDS = 3

export const remoteAgents: Row = {
  name: 'remote-agents',
  summary: `${AGENTS} agents here, each with a session on another computer, all run a command at once`,
  async run() {
    await using redis = await startRedis()
    await using mesh = await startMesh({ here: redis.url, there: redis.url })
    await using stack = new AsyncDisposableStack()
    const agents = Array.from({ length: AGENTS }, () => stack.use(connect(mesh.here)))
    const sessions = await Promise.all(agents.map(() => mesh.here.startSession('there')))
    const send = (agent: DaemonClient, index: number) => sendTo(agent, sessions[index] ?? '', index)
    return [
      ...figures('sends at once, first', await allAtOnce(agents, 1, send)),
      ...figures('sends at once', await allAtOnce(agents, ROUNDS, send)),
      ...figures('runs at once, each in a terminal of its own', await allAtOnce(agents, RUN_ROUNDS, run)),
    ]
  },
}

/** As each agent has a shim with a connection of its own. */
function connect({ controlSocket }: BenchDaemon): DaemonClient {
  return createDaemonClient({ socketPath: controlSocket, surface: 'bench', clock: systemClock })
}

async function sendTo(agent: DaemonClient, session_id: string, number: number): Promise<void> {
  const message = `echo agent ${number}`
  const { output } = await agent.call<{ output: string }>('session.send', { session_id, message })
  requireOutput(output, number)
}

async function run(agent: DaemonClient, number: number): Promise<void> {
  const input = { computer: 'there', command: `echo agent ${number}` }
  const { output } = await agent.call<{ output: string }>('session.run', input)
  requireOutput(output, number)
}

function requireOutput(output: string, number: number): void {
  if (output.trim() !== `agent ${number}`) throw new Error(`agent ${number} got '${output}'`)
}

/** How long each took, and how long it was until all had ended. */
interface Rounds {
  readonly each: number[]
  readonly all: number[]
}

async function allAtOnce(
  agents: readonly DaemonClient[],
  rounds: number,
  work: (agent: DaemonClient, index: number) => Promise<void>,
): Promise<Rounds> {
  const times: Rounds = { each: [], all: [] }
  for (let round = 0; round < rounds; round++) {
    const one = async (agent: DaemonClient, index: number) =>
      void times.each.push(await timeOf(() => work(agent, index)))
    times.all.push(await timeOf(() => Promise.all(agents.map(one))))
  }
  return times
}

function figures(what: string, { each, all }: Rounds): readonly Figure[] {
  return [
    {
      what: `${AGENTS} ${what}: until all have ended`,
      unit: 'ms',
      measured: Math.max(...all),
      target: { of: 'value', atMost: 5000 },
    },
    { what: `${AGENTS} ${what}: p50`, unit: 'ms', measured: median(each) },
    { what: `${AGENTS} ${what}: p99`, unit: 'ms', measured: percentile(each, 0.99) },
  ]
}
