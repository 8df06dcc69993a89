import type { SessionId } from '../../core/ids.ts'
import type { Session } from '../../core/sessions/session.ts'

/** A session as it might stand in the table, for tests that need one but start none. */
export function sampleSession(change: Partial<Session> = {}): Session {
  return {
    id: 'aaaabbbbcccc' as SessionId,
    computer: 'alpha',
    title: 'demo',
    description: '',
    kind: 'shell',
    state: 'ready',
    origin: 'alpha',
    originAdapter: 'cli',
    adapterTypes: [],
    adapterMetadata: {},
    terminal: { backend: 'pty', cwd: '/', cols: 80, rows: 24, pid: null, ttyPath: null },
    command: null,
    createdAt: 0,
    updatedAt: 0,
    lastActivityAt: 0,
    closedAt: null,
    closeReason: null,
    exitCode: null,
    ...change,
  }
}
