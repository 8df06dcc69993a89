import type { HeartbeatFacts } from './heartbeat.ts'
import { MAX_SKEW_MS } from './messages.ts'

/**
 * What a heartbeat's time says. Whoever can write to the carrier can put an old one back, so only a `fresh` one shows
 * that its computer is there.
 */
export type Freshness =
  | 'fresh'
  /** Older than what was accepted of its computer before. */
  | 'replayed'
  /** Too old, and the newest that was accepted: its computer has gone, and what it announced was not removed. */
  | 'left over'
  /** Made at a time that is too far from now: old, or by a clock that is wrong. */
  | 'out of bound'

/** `accepted` is the newest heartbeat that was accepted of the same computer, if any was. */
export function freshnessOf(
  heartbeat: HeartbeatFacts,
  accepted: HeartbeatFacts | null,
  { now, ttlMs }: { readonly now: number; readonly ttlMs: number },
): Freshness {
  if (accepted && isBefore(heartbeat, accepted)) return 'replayed'
  const ageMs = now - heartbeat.at
  if (ageMs <= ttlMs + MAX_SKEW_MS && ageMs >= -MAX_SKEW_MS) return 'fresh'
  return accepted?.boot === heartbeat.boot && accepted.at === heartbeat.at ? 'left over' : 'out of bound'
}

/** Between two runs of a computer its clock may have been set back; within one run its times only rise. */
function isBefore(heartbeat: HeartbeatFacts, accepted: HeartbeatFacts): boolean {
  if (heartbeat.boot === accepted.boot) return heartbeat.at < accepted.at
  return heartbeat.boot === accepted.previous_boot
}
