import type {
  Append,
  Mark,
  Session,
  SessionId,
  SourcePosition,
  TerminalExit,
  TerminalFacts,
  TerminalSink,
} from '../../../core/index.ts'

/** Stands where core's journal stands: keeps what is appended, and can be made to commit late. */
export class RecordingSink implements TerminalSink {
  readonly sessions = new Map<SessionId, Session>()
  readonly entries = new Map<SessionId, Append[]>()
  readonly exits = new Map<SessionId, TerminalExit>()
  readonly changes: [SessionId, Partial<TerminalFacts>][] = []
  /** While set, nothing that is appended is committed. */
  blocked: Promise<void> | null = null
  /** While set, what is appended is committed but the daemon never hears of it. */
  isAnswerLost = false

  live(): readonly Session[] {
    return [...this.sessions.values()].filter(session => !this.exits.has(session.id))
  }

  lastSource(id: SessionId): SourcePosition | null {
    return this.of(id).findLast(entry => entry.source)?.source ?? null
  }

  isAtPrompt(id: SessionId): boolean {
    return this.marks(id).at(-1)?.type === 'prompt'
  }

  async append(id: SessionId, entries: readonly Append[]): Promise<void> {
    await this.blocked
    const kept = this.entries.get(id)
    if (kept) kept.push(...entries)
    else this.entries.set(id, [...entries])
    // As when the process is killed between the commit and its acknowledgement.
    if (this.isAnswerLost) await new Promise<never>(() => {})
  }

  recentOutput(id: SessionId): readonly Uint8Array[] {
    return this.of(id).flatMap(entry => (entry.kind === 'output' ? [entry.data] : []))
  }

  async exited(id: SessionId, exit: TerminalExit): Promise<void> {
    this.exits.set(id, exit)
  }

  changed(id: SessionId, facts: Partial<TerminalFacts>): void {
    this.changes.push([id, facts])
  }

  of(id: SessionId): readonly Append[] {
    return this.entries.get(id) ?? []
  }

  marks(id: SessionId): Mark[] {
    return this.of(id).flatMap(entry => (entry.kind === 'mark' ? [entry.mark] : []))
  }

  /** Everything printed, as latin1 so that no byte is lost. */
  raw(id: SessionId): string {
    return Buffer.concat(this.recentOutput(id)).toString('latin1')
  }

  text(id: SessionId): string {
    return Buffer.concat(this.recentOutput(id)).toString('utf8')
  }
}
