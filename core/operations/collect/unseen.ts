import { JournalService } from '../../journal/journal.ts'
import { SessionsService } from '../../sessions/sessions.ts'
import type { OperationCall } from '../operation.ts'

/**
 * Why what a session prints is not seen now: it waits for room in the journal. Null while it is seen, and for a session
 * of another computer, of whose journal nothing is known here.
 */
export function whyUnseen(sessionId: string, { services }: Pick<OperationCall, 'services'>): string | null {
  const isOurs = services.find(SessionsService)?.find(sessionId) !== undefined
  return isOurs ? (services.find(JournalService)?.stalled ?? null) : null
}
