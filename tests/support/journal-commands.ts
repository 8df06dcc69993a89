import type { WireEntry } from '../../core/journal/entry.ts'
import type { WatchItem } from '../../core/operations/session-watch.ts'
import type { TestDaemon } from './daemon.ts'

/** A command as the journal has it. */
export interface JournalCommand {
  /** What was typed before it began, at its prompt. */
  readonly typed: { readonly text: string | null; readonly author: string } | null
  readonly output: string
  readonly exitCode: number | null
}

/** Every entry of a session, as a daemon tells it. */
export async function entriesOf(daemon: TestDaemon, session_id: string): Promise<readonly WireEntry[]> {
  const entries: WireEntry[] = []
  const onItem = (item: unknown) => void entries.push(...(item as WatchItem).entries)
  await daemon.call('session.watch', { session_id, follow: false }, { onItem })
  return entries
}

/** What was typed into a session, whole, in order; null where it may have been a password. */
export async function typedIn(daemon: TestDaemon, session_id: string): Promise<readonly (string | null)[]> {
  return (await entriesOf(daemon, session_id)).flatMap(entry =>
    entry.kind === 'input' ? [entry.text ?? null] : [],
  )
}

/** Every command that has ended, in order, with all that was printed between its marks. */
export async function commandsOf(daemon: TestDaemon, session_id: string): Promise<readonly JournalCommand[]> {
  const commands: JournalCommand[] = []
  let typed: JournalCommand['typed'] = null
  let output: string | null = null
  for (const entry of await entriesOf(daemon, session_id)) {
    if (entry.kind === 'input' && output === null) typed = { text: entry.text ?? null, author: entry.author }
    else if (entry.kind === 'output' && output !== null) output += entry.data
    else if (entry.kind === 'mark' && entry.mark.type === 'start') output ??= ''
    else if (entry.kind === 'mark' && entry.mark.type === 'end') {
      if (output !== null) commands.push({ typed, output: lines(output), exitCode: entry.mark.exitCode })
      ;[typed, output] = [null, null]
    }
  }
  return commands
}

function lines(printed: string): string {
  return printed.replaceAll('\r\n', '\n')
}
