import type { FromHost, ProgramExit } from './protocol.ts'

/** What one terminal of the host tells the daemon. */
export interface TerminalListener {
  output(bytes: Buffer): void
  /** So many bytes from `offset` on were let go because nobody took them in time. */
  dropped(offset: number, bytes: number): void
  /** The program has taken so many bytes of what was typed. */
  taken(bytes: number): void
  /** Somebody else has made it another size than it was asked to have. */
  resized(cols: number, rows: number): void
  /** Something that it printed was never read, nobody knows how much. */
  unread(reason: string): void
  /** Enter is pressed now behind the oldest text that waited for it; all that was printed before was given. */
  submitted(): void
  /** The program has ended; all of its output was given. */
  exit(exit: ProgramExit): void
}

/** What the host says of one terminal, other than its output. */
export type OfTerminal = FromHost & { readonly channel: number }

/** What a newer host may say besides is passed over. */
export function tell(listener: TerminalListener, message: OfTerminal): void {
  if (message.type === 'dropped') listener.dropped(message.offset, message.bytes)
  else if (message.type === 'taken') listener.taken(message.bytes)
  else if (message.type === 'submitted') listener.submitted()
  else if (message.type === 'resized') listener.resized(message.cols, message.rows)
  else if (message.type === 'unread') listener.unread(message.reason)
  else if (message.type === 'exit') listener.exit(message)
}
