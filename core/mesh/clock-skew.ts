/** How far another clock is ahead, in milliseconds, as the exchange with the shortest round trip of late shows it. */
export interface ClockSkew {
  readonly ms: number | null
  note(skewMs: number, roundTripMs: number, now: number): void
}

/** A clock that nobody sets drifts by some milliseconds in this time. */
const WINDOW_MS = 600_000
/** With room for that, and for clocks that are read in whole milliseconds. */
const DRIFT_MS = 100
const MAX_SAMPLES = 32

interface Sample {
  readonly skewMs: number
  readonly roundTripMs: number
  readonly at: number
}

export function createClockSkew(): ClockSkew {
  // Round trips rise from the first to the last, and so do times: one that is both older and longer never counts again.
  let samples: readonly Sample[] = []
  return {
    get ms() {
      return samples[0]?.skewMs ?? null
    },
    note(skewMs, roundTripMs, now) {
      if (!Number.isFinite(skewMs) || !(roundTripMs >= 0)) return
      const sample = { skewMs, roundTripMs, at: now }
      const kept = samples.filter(
        one => one.at > now - WINDOW_MS && one.roundTripMs < roundTripMs && agree(one, sample),
      )
      if (kept.length < MAX_SAMPLES) samples = [...kept, sample]
    },
  }
}

/** Each is wrong by half its round trip at most. If they cannot both be true, one of the clocks was set in between. */
function agree(one: Sample, other: Sample): boolean {
  const mostApartMs = (one.roundTripMs + other.roundTripMs) / 2 + DRIFT_MS
  return Math.abs(one.skewMs - other.skewMs) <= mostApartMs
}
