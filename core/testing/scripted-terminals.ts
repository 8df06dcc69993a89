import { z } from 'zod'
import { TeleclaudeError } from '../errors.ts'
import { definePlugin } from '../host/plugin.ts'
import type { SessionId } from '../ids.ts'
import { MAX_ENTRY_BYTES } from '../journal/entry.ts'
import type { Append } from '../journal/journal.ts'
import type { TerminalFacts } from '../sessions/session.ts'
import {
  type TerminalExit,
  type TerminalInput,
  type TerminalSink,
  TerminalSinkService,
  type Terminals,
  TerminalsService,
} from '../sessions/terminal.ts'

/** Terminals without programs: a test says what they print, and reads what was typed. */
export interface ScriptedTerminals extends Terminals {
  /** Has a terminal print; settles when it is in the journal. */
  print(session: SessionId, text: string): Promise<void>
  /** Ends a terminal as if its program had ended; by default with exit code 0. */
  exit(session: SessionId, exit?: TerminalExit): Promise<void>
  typed(session: SessionId): readonly TerminalInput[]
  /** Connects them to a daemon. Like the programs of real terminals they outlive it. */
  attach(sink: TerminalSink): void
}

export function createScriptedTerminals(): ScriptedTerminals {
  const typed = new Map<SessionId, TerminalInput[]>()
  let sink: TerminalSink | undefined

  const attached = (): TerminalSink => {
    if (sink) return sink
    throw new TeleclaudeError('TC_ERR_TERMINAL_HOST', 'no test host was started with these terminals')
  }
  const exit = async (session: SessionId, how: TerminalExit = { exitCode: 0, signal: null }) => {
    typed.delete(session)
    await attached().exited(session, how)
  }
  const open = (session: SessionId): TerminalInput[] => {
    const inputs = typed.get(session)
    if (inputs) return inputs
    throw new TeleclaudeError('TC_ERR_SESSION_CLOSED', `session '${session}' has no terminal`)
  }
  return {
    async start({ session }) {
      typed.set(session.id, [])
      const { cwd, cols, rows } = session.terminal
      return { backend: 'scripted', cwd, cols, rows, pid: null, ttyPath: null } satisfies TerminalFacts
    },
    isAtPrompt: () => false,
    write: async (session, input) => void open(session).push(input),
    resize: async session => void open(session),
    close: session => exit(session, { exitCode: null, signal: 'SIGHUP' }),
    screen: () => {
      throw new TeleclaudeError('TC_ERR_SCREEN_UNAVAILABLE', 'terminals of a test host have no screen')
    },
    print: (session, text) => attached().append(session, pieces(text)),
    exit,
    typed: session => [...(typed.get(session) ?? [])],
    attach(to) {
      sink = to
    },
  }
}

/** The plugin that gives a daemon these terminals instead of real ones. */
export const scriptedTerminals = (terminals: ScriptedTerminals) =>
  definePlugin({
    name: 'scripted-terminals',
    summary: 'Terminals whose output a test makes up.',
    options: z.strictObject({}),
    provides: [TerminalsService],
    setup(ctx) {
      terminals.attach(ctx.services.get(TerminalSinkService))
      ctx.provide(TerminalsService, terminals)
    },
  })()

/** Characters that fit an entry even where each of them is three bytes (pairs of surrogates make four). */
const PIECE_CHARS = Math.floor(MAX_ENTRY_BYTES / 3)

function pieces(text: string): Append[] {
  const entries: Append[] = []
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + PIECE_CHARS, text.length)
    if (to < text.length && isLowSurrogate(text.charCodeAt(to))) to--
    entries.push({ kind: 'output', data: Buffer.from(text.slice(from, to)) })
    from = to
  }
  return entries
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
