export interface TailLimits {
  readonly maxLines: number
  readonly maxUnits: number
}

/** The newest lines of a text; "…" stands where something was left out. */
export function tailOf(text: string, { maxLines, maxUnits }: TailLimits): string {
  const tail = text.trimEnd().split('\n').slice(-maxLines).join('\n')
  return tail.length > maxUnits ? `…${tail.slice(1 - maxUnits)}` : tail
}
