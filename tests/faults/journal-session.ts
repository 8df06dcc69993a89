import type { SessionId } from '../../core/ids.ts'

/** The one session that the journal's faults are tried on. */
export const SESSION = 'aaaabbbbcccc' as SessionId
