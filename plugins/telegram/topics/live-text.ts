import type { SessionState } from '../../../core/index.ts'
import { cleanForChat, durationText, type Mask, renderPre, tailOf } from '../text/index.ts'
import type { Activity } from './activity.ts'
import type { Names } from './author.ts'
import { exitText, typedText } from './results.ts'

/** What of the screen fits into one message beside the status: a phone shows some thirty lines. */
const TAIL = { maxLines: 30, maxUnits: 3400 }

export interface LiveView {
  readonly activity: Activity
  readonly state: SessionState
  /** The newest output, as text. */
  readonly tail: string
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** A message with live output: how it stands, what was typed, and the end of what is on the screen. */
export function liveText({ activity, state, tail, now }: LiveView, mask: Mask, names: Names): string {
  const typed = activity.typed && activity.start ? `${typedText(activity.typed, mask, names)}\n` : ''
  return typed + statusText(activity, state, now) + tailText(tail, mask)
}

/** The end of what is on the screen, below the status. */
export function tailText(tail: string, mask: Mask): string {
  const shown = tailOf(mask(cleanForChat(tail)).trimEnd(), TAIL)
  return shown ? `\n${renderPre(shown)}` : ''
}

/** How what a live message showed has ended. */
export function endText({ exitCode, durationMs, phase }: Activity): string {
  if (phase === 'ended') return '🏁 <b>ended</b>'
  return `${exitText(exitCode)}${durationMs === null ? '' : ` · ${durationText(durationMs)}`}`
}

function statusText({ start }: Activity, state: SessionState, now: number): string {
  if (state === 'waiting') return '⏸ <b>waiting for you</b>'
  if (state === 'limited') return '⏸ <b>out of quota</b>'
  if (!start) return '▶️ <b>live</b>'
  return `▶️ <b>running</b>, ${durationText(Math.max(0, now - start.at))}`
}
