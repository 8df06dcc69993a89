import type { Entry, Notice } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { Sessions } from '../sessions/sessions.ts'

export interface SessionNoticesParts {
  /** The name of this computer. */
  readonly self: string
  readonly sessions: Pick<Sessions, 'find'>
  readonly journal: Pick<Journal, 'onCommit'>
  tell(computer: string, session: string, notice: Entry): void
}

/**
 * Tells the computers that sessions here were started from of the notices in them, whether or not they watch: what an
 * agent or a person has to say is for whoever started it.
 */
export function createSessionNotices({ self, sessions, journal, tell }: SessionNoticesParts): Disposable {
  return journal.onCommit((id, entries) => {
    const notices = entries.filter(isNotice)
    if (notices.length === 0) return
    const origin = sessions.find(id)?.origin
    if (origin === undefined || origin === self) return
    for (const notice of notices) tell(origin, id, notice)
  })
}

function isNotice(entry: Entry): entry is Entry & Notice {
  return entry.kind === 'notice'
}
