import type { Entry, Notice } from '../../../core/index.ts'

/** What somebody typed: the text only where it was typed at a prompt, because elsewhere it may be a password. */
export interface Typed {
  readonly text: string | null
  readonly author: string
}

/** What goes on in a session, as far as its entries tell. Saved, so that a new daemon goes on from it. */
export interface Activity {
  /** The newest entry that was taken. */
  readonly seq: number
  /**
   * `unmarked`: nothing has marked a prompt, so only a turn or the end says that something is over. `done`: a turn is,
   * until something is typed.
   */
  readonly phase: 'unmarked' | 'prompt' | 'running' | 'done' | 'ended'
  /** What runs, or what was typed at the prompt last. */
  readonly typed: Typed | null
  /** The mark where what runs began, and when; milliseconds since the Unix epoch. */
  readonly start: { readonly seq: number; readonly at: number } | null
  /** What was printed after this entry is in no result yet. */
  readonly since: number
  /** Bytes of that which are lost. */
  readonly missing: number
  readonly exitCode: number | null
  readonly durationMs: number | null
}

/** Output between two entries: after `from`, up to `to`. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly missing: number
}

/** Something that people are to be told for good: it is a message of its own, and is never lost. */
export type Final =
  | ({
      readonly type: 'command'
      readonly typed: Typed | null
      readonly exitCode: number | null
      readonly durationMs: number | null
      /** A mark said where its output begins. */
      readonly isMarked: boolean
    } & Span)
  | ({ readonly type: 'turn' } & Span)
  | { readonly type: 'notice'; readonly notice: Notice; readonly to: number }
  | ({
      readonly type: 'ended'
      readonly state: string
      readonly reason: string | null
      readonly exitCode: number | null
      readonly typed: Typed | null
    } & Span)

/** What ends with output of its own. */
export type PrintedFinal = Exclude<Final, { type: 'notice' }>

export const INITIAL_ACTIVITY: Activity = {
  ...{ seq: 0, phase: 'unmarked', typed: null, start: null, since: 0, missing: 0 },
  ...{ exitCode: null, durationMs: null },
}

/** Something runs, or nothing marks what does. */
export function isUnderWay({ phase }: Activity): boolean {
  return phase === 'running' || phase === 'unmarked'
}

/** What entries mean, given those before them. The same entries always give the same, and those taken before nothing. */
export function follow(
  activity: Activity,
  entries: readonly Entry[],
): { readonly activity: Activity; readonly finals: readonly Final[] } {
  const finals: Final[] = []
  let now = activity
  for (const entry of entries) {
    if (entry.seq <= now.seq) continue
    const next = take(now, entry)
    if (next.final) finals.push(next.final)
    now = { ...next.activity, seq: entry.seq }
  }
  return { activity: now, finals }
}

interface Taken {
  readonly activity: Activity
  readonly final?: Final
}

function take(activity: Activity, entry: Entry): Taken {
  switch (entry.kind) {
    case 'output':
      return { activity }
    case 'input':
      return { activity: typedBy(activity, entry) }
    case 'gap':
      return { activity: { ...activity, missing: activity.missing + entry.bytes } }
    case 'notice':
      return { activity, final: { type: 'notice', notice: entry, to: entry.seq } }
    case 'mark':
      return takeMark(activity, entry)
    case 'state':
      return takeState(activity, entry)
  }
}

/** While something runs, what is typed goes to it and is no command. */
function typedBy(activity: Activity, { text, author }: Entry & { kind: 'input' }): Activity {
  if (activity.phase === 'running') return activity
  const phase = activity.phase === 'done' ? 'unmarked' : activity.phase
  return { ...activity, phase, typed: { text: text ?? null, author } }
}

function takeMark(activity: Activity, { mark, seq, at }: Entry & { kind: 'mark' }): Taken {
  switch (mark.type) {
    case 'start':
      // Of several lines pasted at once each one starts; they end together.
      if (activity.phase === 'running') return { activity }
      return { activity: { ...activity, phase: 'running', start: { seq, at }, since: seq, missing: 0 } }
    case 'prompt':
      return { activity: atRest(activity, seq) }
    case 'turn':
      return {
        activity: { ...atRest(activity, seq), phase: 'done' },
        final: { type: 'turn', ...spanOf(activity, seq) },
      }
    case 'end': {
      const { exitCode, durationMs } = mark
      const ended = { ...atRest(activity, seq), typed: null, exitCode, durationMs }
      // Enter at an empty prompt is no command; what the shell refused to parse is one, without a start.
      if (activity.start === null && !activity.typed?.text?.trim()) return { activity: ended }
      const { typed } = activity
      const how = { exitCode, durationMs, isMarked: activity.start !== null, ...spanOf(activity, seq) }
      return { activity: ended, final: { type: 'command', typed, ...how } }
    }
  }
}

function takeState(activity: Activity, entry: Entry & { kind: 'state' }): Taken {
  const { state, seq, reason, exitCode } = entry
  if (state === 'starting') return { activity: { ...INITIAL_ACTIVITY, seq, since: seq } }
  if (state !== 'closed' && state !== 'failed') return { activity }
  const { typed } = activity
  const facts = { state, reason: reason ?? null, exitCode: exitCode ?? null }
  return {
    activity: { ...atRest(activity, seq), phase: 'ended', typed: null, exitCode: facts.exitCode },
    final: { type: 'ended', typed: activity.start && typed, ...facts, ...spanOf(activity, seq) },
  }
}

function spanOf({ since, missing }: Activity, to: number): Span {
  return { from: since, to, missing }
}

function atRest(activity: Activity, seq: number): Activity {
  return { ...activity, phase: 'prompt', start: null, since: seq, missing: 0 }
}
