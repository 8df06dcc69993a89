import type { DaemonStatus } from '../../daemon-service.ts'
import type { Cli } from '../context.ts'
import { daemonStatus } from '../daemon-status.ts'
import { EXIT } from '../exit-codes.ts'
import { count, inBytes, inTime } from '../render/amounts.ts'
import { renderFacts } from '../render/facts.ts'
import { renderTable } from '../render/table.ts'
import { inWords } from '../render/traffic.ts'
import type { ParsedVerb } from '../verb.ts'

export const status: ParsedVerb = {
  configure(command) {
    command
      .option('--json', 'print it as one JSON object')
      .addHelpText('after', '\nExits with 0 when the daemon is ready, 3 when none runs, 1 otherwise.')
  },
  async run({ options }, cli) {
    const found = await daemonStatus(cli)
    await cli.print(options.json === true ? `${JSON.stringify(found)}\n` : render(found, cli))
    return found.ready ? EXIT.ok : EXIT.error
  },
}

function render(found: DaemonStatus, cli: Cli): string {
  const { sessions, journal, limits } = found
  const facts = renderFacts(
    {
      daemon: found.ready ? 'ready' : 'starting',
      computer: found.computer,
      pid: found.pid,
      version: found.version,
      up: inTime(found.uptime_ms),
      environment: found.environment,
      state: found.state_dir,
      config: found.config ?? 'built-in default',
      sessions: `${sessions.live} live${atMost(limits.max_sessions, String)}, ${sessions.total} in all`,
      idle: idleLine(limits),
      journal: `${count(journal.entries, 'entry').replace('entrys', 'entries')}, ${inBytes(journal.bytes)}${atMost(limits.journal_bytes, inBytes)}`,
      stalled: journal.stalled,
      mesh: found.mesh && meshLine(found.mesh),
      traffic: found.mesh && inWords(found.mesh.counts),
      memory: memoryLine(found),
    },
    cli,
  )
  return [facts, plugins(found, cli), ...troubles(found, cli)].join('\n')
}

function atMost(limit: number | null, inWords: (amount: number) => string): string {
  return limit === null ? '' : ` of at most ${inWords(limit)}`
}

function idleLine({ max_sessions, idle_timeout_ms }: DaemonStatus['limits']): string | null {
  if (idle_timeout_ms !== null) return `sessions end after ${inTime(idle_timeout_ms)} without input or output`
  return max_sessions === null ? null : 'sessions go on without input or output'
}

function memoryLine({ memory, limits }: DaemonStatus): string {
  const { memory_available: available, memory_floor: floor } = limits
  const own = `${inBytes(memory.rss)} in the daemon`
  if (available === null || floor === null) return own
  return `${own}; ${inBytes(available)} left on this computer, sessions are started above ${inBytes(floor)}`
}

function meshLine({ joined, problem, peers, fingerprint }: NonNullable<DaemonStatus['mesh']>): string {
  if (problem !== null) return problem
  return joined
    ? `${peers.online} of ${peers.known} other computers online, this one is ${fingerprint}`
    : 'joining'
}

function plugins(found: DaemonStatus, cli: Cli): string {
  return renderTable(
    found.plugins,
    [
      { title: 'PLUGIN', of: plugin => plugin.name },
      { title: 'STATE', of: plugin => plugin.state, style: plugin => (plugin.problem ? 'red' : 'green') },
      { title: 'WHAT', of: plugin => plugin.problem ?? plugin.summary },
    ],
    cli,
  )
}

function troubles({ channels, problems }: DaemonStatus, cli: Cli): string[] {
  const ill = channels.filter(({ error }) => error !== null)
  const channelTable = renderTable(
    ill,
    [
      { title: 'CHANNEL', of: channel => `${channel.session} ${channel.adapter}` },
      { title: 'STATE', of: channel => channel.state, style: () => 'red' },
      { title: 'BEHIND', of: channel => String(channel.behind) },
      { title: 'WHY', of: channel => channel.error ?? '' },
    ],
    cli,
  )
  const problemTable = renderTable(
    problems,
    [
      { title: 'PROBLEM IN', of: problem => `${problem.plugin} ${problem.hook}` },
      { title: 'TIMES', of: problem => String(problem.count) },
      { title: 'WHAT', of: problem => problem.message },
    ],
    cli,
  )
  return [...(ill.length > 0 ? [channelTable] : []), ...(problems.length > 0 ? [problemTable] : [])]
}
