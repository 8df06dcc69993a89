import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Retention } from '../protocol.ts'

/** What the next host needs to know of a pane; private, because the daemon's part of it holds the secret of the marks. */
export interface PaneRecord {
  readonly id: string
  readonly program: string
  readonly socket: string
  /** Which run of the server it is: a process id and a time. */
  readonly server: string
  /** `%3` */
  readonly pane: string
  readonly pid: number
  /** What tmux started: the program, or what attends it. */
  readonly leader: number
  /** The control client of the host that wrote this. */
  readonly client?: number | undefined
  readonly tty: string
  readonly cols: number
  readonly rows: number
  /** It ran before it was ours, on a server that is not ours. */
  readonly isAdopted: boolean
  readonly retention: Retention
  readonly meta: unknown
}

export function paneFolder(stateFolder: string): string {
  return join(stateFolder, 'tmux')
}

/** The servers of our own: one for each session, so that one program that waits makes no other wait. */
export function socketOf(folder: string, id: string): string {
  return join(folder, id)
}

export function makePaneFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
}

export function writeRecord(folder: string, record: PaneRecord): void {
  const path = pathOf(folder, record.id)
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

export function forgetRecord(folder: string, id: string): void {
  rmSync(pathOf(folder, id), { force: true })
}

/** Written by us; one that cannot be read any more is as good as none. */
export function readRecords(folder: string): PaneRecord[] {
  return namesIn(folder)
    .filter(name => name.endsWith(SUFFIX))
    .flatMap(name => {
      try {
        return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as PaneRecord]
      } catch {
        return []
      }
    })
}

/** Whether there are panes to be found again, or starts to be undone. */
export function hasRecords(stateFolder: string): boolean {
  return namesIn(paneFolder(stateFolder)).some(name => name.includes('.'))
}

const SUFFIX = '.json'

/** Sockets have no dot in their names; everything else has. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function pathOf(folder: string, id: string): string {
  return join(folder, `${id}${SUFFIX}`)
}
