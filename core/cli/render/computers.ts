import type { Project } from '../../config/service.ts'
import type { ComputerFacts } from '../../registry.ts'
import type { Cli } from '../context.ts'
import { neutralise } from '../neutralise.ts'
import type { Style } from '../streams.ts'
import { inBytes, inTime } from './amounts.ts'
import { renderTable } from './table.ts'

const STATUS_STYLE: Readonly<Record<ComputerFacts['status'], Style>> = {
  online: 'green',
  offline: 'dim',
  incompatible: 'yellow',
  refused: 'red',
  revoked: 'red',
}

/** Clocks that differ by less are no concern of people. */
const SHOWN_SKEW_MS = 10_000

/** Everyone in a line, what matters most first, since narrow terminals cut it; then what is wrong in full. */
export function renderComputers({ computers }: { computers: readonly ComputerFacts[] }, cli: Cli): string {
  const table = renderTable(
    computers,
    [
      { title: 'COMPUTER', of: one => (one.self ? `${one.name} (this one)` : one.name) },
      { title: 'STATUS', of: one => one.status, style: one => STATUS_STYLE[one.status] },
      { title: 'LOAD', of: one => loadOf(one) },
      { title: 'SESSIONS', of: one => String(one.sessions?.running ?? '–') },
      { title: 'VERSION', of: one => one.version ?? '–' },
      { title: 'SEEN', of: one => seen(one, cli) },
      { title: 'FREE MEMORY', of: one => (one.load ? inBytes(one.load.memory_free) : '–') },
    ],
    cli,
  )
  const problems = computers.flatMap(one => problemsOf(one).map(problem => ({ name: one.name, problem })))
  const lines = problems.map(
    ({ name, problem }) => `\n${cli.style('bold', neutralise(name))}: ${neutralise(problem)}\n`,
  )
  return [table, ...lines].join('')
}

function loadOf({ load }: ComputerFacts): string {
  return load ? `${load.cpu_1m.toFixed(2)} on ${load.cores} cores` : '–'
}

function seen({ self, last_seen }: ComputerFacts, { clock }: Cli): string {
  return self ? 'now' : `${inTime(clock.now() - last_seen)} ago`
}

function problemsOf({ problem, clock_skew_ms: skew }: ComputerFacts): string[] {
  const seconds = Math.round(Math.abs(skew ?? 0) / 1000)
  const clock = `its clock is ${seconds} s ${(skew ?? 0) > 0 ? 'ahead of' : 'behind'} this one's`
  return [...(problem === null ? [] : [problem]), ...(seconds * 1000 >= SHOWN_SKEW_MS ? [clock] : [])]
}

/** As `projects.list` returns it. */
export interface ProjectListing {
  readonly computer: string
  readonly projects: readonly Project[]
  readonly fetched_at: number
  readonly stale: boolean
}

export function renderProjects(listing: ProjectListing, cli: Cli): string {
  const { computer, projects, fetched_at, stale } = listing
  const age = inTime(cli.clock.now() - fetched_at)
  const note = stale ? `\nThis is what ${neutralise(computer)} said ${age} ago.\n` : ''
  if (projects.length === 0)
    return `No projects. Add some to \`projects\` in the configuration of ${neutralise(computer)}.\n${note}`
  const table = renderTable(
    projects,
    [
      { title: 'PROJECT', of: project => project.name },
      { title: 'PATH', of: project => project.path },
      { title: 'DESCRIPTION', of: project => project.description },
    ],
    cli,
  )
  return `${table}${note}`
}
