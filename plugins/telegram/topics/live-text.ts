import type { SessionState } from '../../../core/index.ts'
import { cleanForChat, durationText, type Mask, renderPre, tailOf } from '../text/index.ts'
import type { Activity } from './activity.ts'
import type { Names } from './author.ts'
import { exitText, typedText } from './results.ts'

/** A small phone shows some twenty lines beside the status. */
const LINES = { maxLines: 20, maxUnits: 3000 }
/** A screen is only of use as a whole: most have 24 rows of 80 columns, and one message has room for 40. */
const SCREEN = { maxLines: 60, maxUnits: 3400 }

export interface LiveView {
  readonly activity: Activity
  readonly state: SessionState
  /** The newest output, as text. */
  readonly tail: string
  /** The tail is what the screen shows, not lines as they came. */
  readonly isScreen: boolean
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** A message with live output: how it stands, what was typed, and the end of what is on the screen. */
export function liveText(view: LiveView, mask: Mask, names: Names): string {
  const { activity, state, now } = view
  const typed = activity.typed && activity.start ? `${typedText(activity.typed, mask, names)}\n` : ''
  return typed + statusText(activity, state, now) + tailText(view, mask)
}

/** How what a live message showed has ended, where nothing more is known of it. */
export function endText({ exitCode, durationMs, phase }: Activity): string {
  return phase === 'ended' ? '🏁 <b>ended</b>' : exitText(exitCode, durationMs)
}

function tailText({ tail, isScreen }: LiveView, mask: Mask): string {
  const shown = tailOf(mask(cleanForChat(tail)).trimEnd(), isScreen ? SCREEN : LINES)
  return shown.trim() ? `\n${renderPre(shown)}` : ''
}

function statusText({ start }: Activity, state: SessionState, now: number): string {
  if (state === 'waiting') return '⏸ <b>waiting for you</b>'
  if (state === 'limited') return '⏸ <b>out of quota</b>'
  if (!start) return '▶️ <b>live</b>'
  return `▶️ <b>running</b>, ${durationText(Math.floor(Math.max(0, now - start.at) / 1000) * 1000)}`
}
