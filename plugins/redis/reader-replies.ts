/** An entry of a stream as Redis has it. */
export interface StreamEntry {
  /** `<milliseconds or seq>-<number>` */
  readonly id: string
  /** What its field `m` holds; null where it has none. */
  readonly bytes: Buffer | null
  /** How many bytes all of its fields hold. */
  readonly size: number
}

/** What XREAD answers: streams that have something, with their entries, each with its fields and values in turn. */
export type ReadReply = readonly [key: Buffer, entries: readonly [id: Buffer, fields: readonly Buffer[]][]][]

/** The entries that were read, by key. */
export function entriesOf(reply: ReadReply): Map<string, StreamEntry[]> {
  return new Map(
    reply.map(([key, entries]) => [key.toString(), entries.map(([id, fields]) => entryOf(id, fields))]),
  )
}

function entryOf(id: Buffer, fields: readonly Buffer[]): StreamEntry {
  let bytes: Buffer | null = null
  let size = 0
  for (const [at, part] of fields.entries()) {
    size += part.length
    const isMessage = at % 2 === 0 && bytes === null && part.toString('latin1') === 'm'
    if (isMessage) bytes = fields[at + 1] ?? null
  }
  return { id: id.toString('latin1'), bytes, size }
}

/** The id before all others. */
export const START = '0-0'
/** The last id that a stream can have: after it, nothing can be added. */
export const LAST = '18446744073709551615-18446744073709551615'

/** Whether a text is an id in full. */
export function isId(text: string): boolean {
  return /^\d{1,20}-\d{1,20}$/.test(text)
}

/** Less than 0 if `a` is before `b`. Both are ids in full: {@link isId}. */
export function compareIds(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  for (const at of [0, 1] as const) {
    if (left[at] !== right[at]) return left[at] < right[at] ? -1 : 1
  }
  return 0
}

/** The id right after this one. */
export function nextId(id: string): string {
  const [milliseconds, number] = partsOf(id)
  return number < MAX_NUMBER ? `${milliseconds}-${number + 1n}` : `${milliseconds + 1n}-0`
}

const MAX_NUMBER = 2n ** 64n - 1n

function partsOf(id: string): [milliseconds: bigint, number: bigint] {
  const [milliseconds = '0', number = '0'] = id.split('-')
  return [BigInt(milliseconds), BigInt(number)]
}
