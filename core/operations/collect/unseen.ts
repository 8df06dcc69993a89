import { JournalService } from '../../journal/journal.ts'
import { SessionsService } from '../../sessions/sessions.ts'
import { TransportService } from '../../transport.ts'
import type { OperationCall } from '../operation.ts'

/**
 * Why what a session prints is not seen now: it waits for room in the journal, or, where it is one of another computer,
 * the way there is down. Null while it is seen. Of the journals of other computers nothing is known here.
 */
export function whyUnseen(sessionId: string, { services }: Pick<OperationCall, 'services'>): string | null {
  if (services.find(SessionsService)?.find(sessionId)) return services.find(JournalService)?.stalled ?? null
  const carrier = services.find(TransportService)?.state
  return carrier?.up === false ? carrier.problem : null
}
