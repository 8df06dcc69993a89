/** A figure that a benchmark found, and what it is held against. */
export interface Figure {
  readonly what: string
  readonly unit: Unit
  readonly measured: number
  /** What the bare parts take, measured in the same run. */
  readonly floor?: number
  readonly target?: Target
  /** What a reader has to know to understand the figure. */
  readonly note?: string
}

export type Unit =
  | 's'
  | 'ms'
  | 'µs'
  | 'MB'
  | 'MB/s'
  | '/s'
  | 'KB'
  | 'round trips'
  | 'commands'
  | 'lines'
  | 'calls'

/** A bound on the measured value, or on its ratio to the floor. */
export type Target =
  | { readonly of: 'value' | 'ratio'; readonly atMost: number }
  | { readonly of: 'value' | 'ratio'; readonly atLeast: number }

/** One benchmark. */
export interface Row {
  readonly name: string
  readonly summary: string
  /** It needs the network, so it runs only where it is named. */
  readonly onlyOnRequest?: true
  run(): Promise<readonly Figure[]>
}

export function ratioOf({ measured, floor }: Figure): number | null {
  return floor === undefined || floor === 0 ? null : measured / floor
}

/** Null where nothing is demanded. */
export function isMet(figure: Figure): boolean | null {
  const { target } = figure
  if (!target) return null
  const value = target.of === 'value' ? figure.measured : ratioOf(figure)
  if (value === null) return false
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast
}
