/** How many requests are remembered, of each computer and in all. */
export interface OriginCounts {
  readonly total: number
  of(origin: string): number
  add(origin: string, change: number): void
}

export function createOriginCounts(
  initial: Iterable<readonly [origin: string, count: number]>,
): OriginCounts {
  const counts = new Map(initial)
  let total = 0
  for (const count of counts.values()) total += count
  return {
    get total() {
      return total
    },
    of: origin => counts.get(origin) ?? 0,
    add(origin, change) {
      const count = (counts.get(origin) ?? 0) + change
      if (count > 0) counts.set(origin, count)
      else counts.delete(origin)
      total += change
    },
  }
}
