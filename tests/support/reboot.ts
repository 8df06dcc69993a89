import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import type { TestDaemon } from './daemon.ts'
import { isAlive, signal } from './processes.ts'
import { until } from './until.ts'

/** What a restart of the computer leaves: no process, and a database that was last used in another run of the system. */
export async function rebooted(daemon: TestDaemon, how: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
  const hosts = daemon.hostPids()
  await daemon.kill(how)
  for (const pid of hosts) signal(pid, 'SIGKILL')
  await until(() => hosts.every(pid => !isAlive(pid)), 'the end of the pty host')
  const db = new Database(join(daemon.stateDir, 'teleclaude.db'))
  expect(db.prepare("UPDATE store_facts SET value = 'before' WHERE key = 'boot'").run().changes).toBe(1)
  db.close()
  await daemon.start()
}
