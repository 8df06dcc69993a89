import type { Database } from 'better-sqlite3'
import { CHANNEL_MIGRATIONS } from '../adapters/channel-store.ts'
import { JOURNAL_MIGRATIONS } from '../journal/journal-table.ts'
import { EXPECTED_STARTS_MIGRATIONS } from '../mesh/expected-starts.ts'
import { NOTICE_MIGRATIONS } from '../mesh/known-notices.ts'
import { MAILBOX_MIGRATIONS } from '../mesh/mailbox-position.ts'
import { MESH_MIGRATIONS } from '../mesh/mesh-migrations.ts'
import { REQUEST_MIGRATIONS } from '../mesh/request-table.ts'
import { SESSION_RECORD_MIGRATIONS } from '../mesh/session-records.ts'
import { whyNewer } from './migrations.ts'
import { RESTART_MIGRATIONS } from './restart-store.ts'
import { SESSION_MIGRATIONS } from './session-store.ts'

/** Core's parts of the database, by owner; those of plugins are known only to plugins that run. */
export const KNOWN_SCHEMAS: Readonly<Record<string, readonly string[]>> = {
  adapters: CHANNEL_MIGRATIONS,
  journal: JOURNAL_MIGRATIONS,
  mesh: MESH_MIGRATIONS,
  'mesh-expected-starts': EXPECTED_STARTS_MIGRATIONS,
  'mesh-mailbox': MAILBOX_MIGRATIONS,
  'mesh-notices': NOTICE_MIGRATIONS,
  'mesh-requests': REQUEST_MIGRATIONS,
  'mesh-sessions': SESSION_RECORD_MIGRATIONS,
  'session-restarts': RESTART_MIGRATIONS,
  sessions: SESSION_MIGRATIONS,
}

/** Looks, without a start, whether this program may use the database; says why not where a newer one wrote it. */
export function whyOfNewerProgram(db: Database, file: string): string | null {
  for (const [owner, migrations] of Object.entries(KNOWN_SCHEMAS)) {
    const why = whyNewer(db, file, owner, migrations)
    if (why !== null) return why
  }
  return null
}
