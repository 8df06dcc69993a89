import type { Mark } from '../../../core/index.ts'
import type { ShellMark } from './marks.ts'

/** What the tracker knows; saved, so that the next daemon goes on from it. */
export interface CommandState {
  readonly phase: 'initial' | 'unmarked' | 'prompt' | 'running' | 'ended'
  /** When the running command line began, in milliseconds since the Unix epoch; null if unknown. */
  readonly startedAt: number | null
  readonly cwd: string | null
  /** The number of the newest prompt. */
  readonly prompt: number
}

export const INITIAL_COMMAND: CommandState = { phase: 'initial', startedAt: null, cwd: null, prompt: -1 }

/** What a shell's mark means, given those before it: the marks to record (none for a prompt drawn again) and the new state. */
export function track(
  state: CommandState,
  mark: ShellMark,
  now: number | null,
): { readonly state: CommandState; readonly marks: readonly Mark[] } {
  switch (mark.type) {
    case 'none':
      return { state: { ...state, phase: 'unmarked' }, marks: [] }
    case 'start':
      return started(state, now)
    case 'end':
      return ended(state, mark, now)
    case 'prompt-begin':
      // The shell's PROMPT_COMMAND has told already, unless somebody replaced it.
      if (mark.prompt === state.prompt || state.phase === 'ended') return { state, marks: [] }
      return ended(state, mark, now)
    case 'prompt':
      return prompted(state, mark.prompt)
  }
}

function started(state: CommandState, now: number | null) {
  // Of several lines pasted at once each one starts; they end together.
  const startedAt = state.phase === 'running' ? state.startedAt : now
  return { state: { ...state, phase: 'running' as const, startedAt }, marks: [{ type: 'start' as const }] }
}

function ended(
  state: CommandState,
  { exitCode, cwd }: { exitCode: number | null; cwd: string | null },
  now: number | null,
) {
  const next = { ...state, phase: 'ended' as const, cwd: cwd ?? state.cwd, startedAt: null }
  // Before the first prompt nothing was run by anybody.
  if (state.phase === 'initial' || state.phase === 'ended') return { state: next, marks: [] }
  const durationMs =
    now === null || state.startedAt === null ? null : Math.max(0, Math.round(now - state.startedAt))
  return { state: next, marks: [{ type: 'end' as const, exitCode, durationMs, cwd: next.cwd }] }
}

function prompted(state: CommandState, prompt: number | null) {
  // Each prompt follows an end; without one it is drawn again.
  if (prompt === null ? state.phase === 'prompt' : prompt === state.prompt) return { state, marks: [] }
  const next = { ...state, phase: 'prompt' as const, prompt: prompt ?? state.prompt, startedAt: null }
  return { state: next, marks: [{ type: 'prompt' as const, cwd: state.cwd }] }
}
