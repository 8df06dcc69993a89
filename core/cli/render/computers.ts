import type { Project } from '../../config/service.ts'
import type { ComputerFacts } from '../../registry.ts'
import type { Cli } from '../context.ts'
import { inBytes, inTime } from './amounts.ts'
import { renderTable } from './table.ts'

export function renderComputers({ computers }: { computers: readonly ComputerFacts[] }, cli: Cli): string {
  return renderTable(
    computers,
    [
      { title: 'COMPUTER', of: one => (one.self ? `${one.name} (this one)` : one.name) },
      { title: 'STATUS', of: one => one.status, style: one => (one.status === 'online' ? 'green' : 'red') },
      { title: 'SESSIONS', of: one => String(one.sessions.running) },
      { title: 'LOAD', of: one => `${one.load.cpu_1m.toFixed(2)} on ${one.load.cores} cores` },
      { title: 'FREE MEMORY', of: one => inBytes(one.load.memory_free) },
      { title: 'VERSION', of: one => one.version },
      { title: 'SEEN', of: one => `${inTime(cli.clock.now() - one.last_seen)} ago` },
    ],
    cli,
  )
}

export function renderProjects({ projects }: { projects: readonly Project[] }, cli: Cli): string {
  if (projects.length === 0) return 'No projects. Add some to `projects` in the configuration.\n'
  return renderTable(
    projects,
    [
      { title: 'PROJECT', of: project => project.name },
      { title: 'PATH', of: project => project.path },
      { title: 'DESCRIPTION', of: project => project.description },
    ],
    cli,
  )
}
