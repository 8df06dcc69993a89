import { describe, expect, test } from 'vitest'
import type { Cli } from '../../../core/cli/context.ts'
import { renderComputers, renderProjects } from '../../../core/cli/render/computers.ts'
import { renderSessions } from '../../../core/cli/render/sessions.ts'
import type { ComputerFacts } from '../../../core/registry.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { sampleSession } from '../../support/sample-session.ts'

const clock = new FakeClock()

/** Only what rendering looks at. */
function cliOf(columns?: number): Cli {
  const cli: Partial<Cli> = {
    clock,
    stdout: { columns } as NodeJS.WriteStream,
    isTerminal: columns !== undefined,
    style: (_style, text) => text,
  }
  return cli as Cli
}

function computer(name: string, change: Partial<ComputerFacts> = {}): ComputerFacts {
  return {
    name,
    status: 'online',
    self: false,
    problem: null,
    version: '1.0.0',
    protocol: { min: 1, max: 1 },
    platform: 'linux',
    capabilities: null,
    load: { cpu_1m: 0.5, cores: 8, memory_total: 2 ** 34, memory_free: 2 ** 33 },
    sessions: { running: 2 },
    clock_skew_ms: 3,
    last_seen: clock.now() - 5000,
    ...change,
  }
}

const offline = { status: 'offline', load: null, sessions: null, last_seen: clock.now() - 7_200_000 } as const

describe('computers', () => {
  test('are a line each, with what is not known left open', () => {
    const computers = [computer('macbook', { self: true }), computer('workstation', offline)]
    expect(renderComputers({ computers }, cliOf())).toBe(
      [
        'COMPUTER            STATUS   LOAD             SESSIONS  VERSION  SEEN     FREE MEMORY',
        'macbook (this one)  online   0.50 on 8 cores  2         1.0.0    now      8.0 GiB',
        'workstation         offline  –                –         1.0.0    2 h ago  –',
        '',
      ].join('\n'),
    )
  })

  test('on a narrow terminal keep their names and their status, and what is wrong is told in full', () => {
    const problem = `It was revoked on this computer. ${'x'.repeat(80)}`
    const text = renderComputers(
      { computers: [computer('old', { ...offline, status: 'revoked', problem })] },
      cliOf(24),
    )
    const [head = '', line = '', ...rest] = text.split('\n')
    expect([head.length, line.length]).toEqual(
      [24, 24].map(width => expect.toSatisfy((n: number) => n <= width)),
    )
    expect(line).toMatch(/^old +revoked/)
    expect(rest).toEqual(['', `old: ${problem}`, ''])
  })

  test('whose clock is far off say so', () => {
    const computers = [
      computer('late', { clock_skew_ms: -30_000 }),
      computer('fine', { clock_skew_ms: 9000 }),
    ]
    const text = renderComputers({ computers }, cliOf())
    expect(text).toContain("\nlate: its clock is 30 s behind this one's\n")
    expect(text).not.toContain('fine:')
  })

  test('cannot write outside of their line', () => {
    const text = renderComputers({ computers: [computer('x', { problem: 'a\n\x1b[2Jb' })] }, cliOf())
    expect(text).toContain('\nx: a\\x0a\\x1b[2Jb\n')
  })
})

test('a list of projects that may have changed says how old it is', () => {
  const projects = [{ name: 'site', path: '/srv/site', description: '' }]
  const listing = { computer: 'workstation', projects, fetched_at: clock.now() - 180_000, stale: true }
  expect(renderProjects(listing, cliOf())).toContain('\nThis is what workstation said 3 min ago.\n')
  expect(renderProjects({ ...listing, stale: false }, cliOf())).not.toContain('ago')
})

describe('sessions', () => {
  const here = sampleSession()
  const there = sampleSession({ computer: 'workstation' })

  test('are listed with their computer where there is more than one', () => {
    expect(renderSessions({ sessions: [here, there] }, cliOf())).toMatch(
      /COMPUTER.*\n.*alpha.*\n.*workstation/,
    )
    expect(renderSessions({ sessions: [there] }, cliOf())).toContain('workstation')
  })

  test('are listed without it where all are here', () => {
    expect(renderSessions({ sessions: [here, here] }, cliOf())).not.toContain('COMPUTER')
  })
})
