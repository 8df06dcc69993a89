import { readdirSync, readlinkSync } from 'node:fs'
import { expect } from 'vitest'
import type { TestDaemon } from './daemon.ts'
import { descendantsOf, isAlive, processesWith } from './processes.ts'
import { until } from './until.ts'

/** What a running daemon and its pty host have of the computer, in words and numbers that stay the same while nothing changes. */
export interface Footprint {
  /** The pty host, and every process that the sessions have. */
  readonly processes: readonly number[]
  /** How many processes name a file of the state folder: the pty host, what attends to terminals, and what is left over. */
  readonly named: number
  /** What each open file descriptor of the pty host is. */
  readonly hostFiles: readonly string[]
  readonly stateFolder: readonly string[]
  readonly temporaryFolder: readonly string[]
}

/** @param daemon one whose `TMPDIR` is its own */
export function footprintOf(daemon: TestDaemon): Footprint {
  const temporary = daemon.env.TMPDIR
  if (temporary === undefined) throw new Error('its TMPDIR is that of everybody')
  const hosts = daemon.hostPids()
  return {
    processes: hosts.flatMap(pid => [pid, ...descendantsOf(pid)]).sort((a, b) => a - b),
    named: processesWith(argument => argument.startsWith(`${daemon.stateDir}/`)).filter(isAlive).length,
    hostFiles: hosts.flatMap(openFiles).sort(),
    // It comes and goes with each write.
    stateFolder: filesIn(daemon.stateDir).filter(name => !name.endsWith('-journal')),
    // Node.js keeps what it has compiled, the same for all who run the same.
    temporaryFolder: filesIn(temporary).filter(name => !name.startsWith('node-compile-cache')),
  }
}

/** Settles when it is `wanted`; @throws with how it differs */
export async function expectFootprint(daemon: TestDaemon, wanted: Footprint): Promise<void> {
  const isSame = () => JSON.stringify(footprintOf(daemon)) === JSON.stringify(wanted)
  await until(isSame, 'the footprint from before').catch(() => {}) // what it is instead says more
  expect(footprintOf(daemon)).toEqual(wanted)
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).sort()
}

/** Sockets and pipes have numbers that are new each time. */
function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).flatMap(fd => {
    try {
      return readlinkSync(`${folder}/${fd}`).replace(/:\[\d+\]$/, '')
    } catch {
      return [] // it was closed meanwhile
    }
  })
}
