import { spellBytes } from '../attached-bytes.ts'
import { BoundedMap } from '../bounded-map.ts'
import type { Clock } from '../clock.ts'
import { defineService } from '../host/service.ts'
import { redactLine } from '../redaction.ts'

export const TAIL_KINDS = ['request', 'response', 'cancel', 'event', 'renew', 'release', 'heartbeat'] as const

/** One message between this computer and another one, opened. */
export interface TailLine {
  /** Milliseconds since the Unix epoch, by this computer's clock. */
  readonly at: number
  readonly direction: 'in' | 'out'
  readonly kind: string
  readonly from: string
  /** Null for a heartbeat, which is for all. */
  readonly to: string | null
  /** Of the request, for requests and what belongs to them. */
  readonly id: string | null
  /** What is asked, or what is answered where that was seen. */
  readonly operation: string | null
  /** Sealed. */
  readonly bytes: number
  /** Of responses, and of what was not taken in; null for the rest. */
  readonly outcome: string | null
  readonly payload?: unknown
}

/** Lines, and how many are missing behind them because those before were not taken in time. */
export interface TailItem {
  readonly lost: number
  readonly lines: readonly TailLine[]
}

/** What passed, as those who see it tell. */
export type TailNote = Omit<TailLine, 'at' | 'operation' | 'payload'> & { readonly body: unknown }

export interface TailOptions {
  readonly computer?: string | undefined
  readonly kinds?: readonly string[] | undefined
  readonly payload: boolean
  readonly signal: AbortSignal
  /** Settles when the reader can take more. */
  emit(item: TailItem): Promise<void>
}

/** Shows what passes between computers to the person whose daemon this is. Costs nothing while nobody looks. */
export interface MeshTail {
  readonly isWatched: boolean
  note(note: TailNote): void
  /** Settles when the reader goes away. */
  follow(options: TailOptions): Promise<void>
}

/** The service key of {@link MeshTail}. Provided by core where there is a mesh secret. */
export const MeshTailService = defineService<MeshTail>('mesh-tail')

/** What waits for a reader who is slower than the traffic: a few seconds of it. */
const MAX_LINES = 1000
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** How many go at once: with payloads, well below what one message of the control socket may have. */
const MAX_AT_ONCE = 16
/** Of one payload, as JSON; a larger one is told by its size. */
const MAX_PAYLOAD_BYTES = 64 * 1024
/** As long as an operation's name may be. */
const MAX_OPERATION_CHARS = 100
/** Answers come within a minute. */
const MAX_REQUESTS = 1000

export function createMeshTail(parts: {
  readonly clock: Clock
  /** Blacked out wherever they stand. */
  readonly secrets: ReadonlySet<string>
}): MeshTail {
  const readers = new Set<TailReader>()
  const operations = new BoundedMap<string, string>(MAX_REQUESTS)
  const operationOf = ({ kind, from, to, id, body }: TailNote): string | null => {
    const asker = kind === 'request' ? from : to
    const key = `${asker} ${id}`
    if (kind !== 'request') return (kind === 'response' && operations.get(key)) || null
    // What came is not checked yet: it is shown as it is.
    const { operation } = (body ?? {}) as { operation?: unknown }
    if (typeof operation !== 'string') return null
    operations.set(key, operation.slice(0, MAX_OPERATION_CHARS))
    return operation.slice(0, MAX_OPERATION_CHARS)
  }
  return {
    get isWatched() {
      return readers.size > 0
    },
    note(note) {
      if (readers.size === 0) return
      const { body, ...facts } = note
      const line = { at: parts.clock.now(), operation: operationOf(note), ...facts }
      for (const reader of readers) reader.take(line, body)
    },
    async follow(options) {
      const reader = new TailReader(options, parts.secrets)
      readers.add(reader)
      try {
        await reader.run()
      } finally {
        readers.delete(reader)
        if (readers.size === 0) operations.clear()
      }
    },
  }
}

class TailReader {
  readonly #options: TailOptions
  readonly #secrets: ReadonlySet<string>
  #waiting: { line: TailLine; bytes: number }[] = []
  #bytes = 0
  #lost = 0
  #wake: () => void = () => {}

  constructor(options: TailOptions, secrets: ReadonlySet<string>) {
    this.#options = options
    this.#secrets = secrets
  }

  take(line: TailLine, body: unknown): void {
    const { computer, kinds, payload } = this.#options
    if (computer !== undefined && line.from !== computer && line.to !== computer) return
    if (kinds !== undefined && !kinds.includes(line.kind)) return
    const shown = payload ? shownPayload(body, this.#secrets) : null
    const bytes = shown?.bytes ?? 0
    if (this.#waiting.length >= MAX_LINES || this.#bytes + bytes > MAX_WAITING_BYTES) {
      this.#lost += 1
      return
    }
    this.#bytes += bytes
    this.#waiting.push({ line: shown ? { ...line, payload: shown.value } : line, bytes })
    this.#wake()
  }

  async run(): Promise<void> {
    const { signal, emit } = this.#options
    const onAbort = () => this.#wake()
    signal.addEventListener('abort', onAbort, { once: true })
    while (!signal.aborted) {
      if (this.#waiting.length === 0) await this.#more()
      else await emit(this.#next())
    }
    signal.removeEventListener('abort', onAbort)
  }

  #more(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  /** What was lost came after all that waited. */
  #next(): TailItem {
    const taken = this.#waiting.splice(0, MAX_AT_ONCE)
    for (const { bytes } of taken) this.#bytes -= bytes
    const isAll = this.#waiting.length === 0
    const lost = isAll ? this.#lost : 0
    if (isAll) this.#lost = 0
    return { lines: taken.map(({ line }) => line), lost }
  }
}

function shownPayload(
  body: unknown,
  secrets: ReadonlySet<string>,
): { readonly value: unknown; readonly bytes: number } {
  const json = JSON.stringify(spellBytes(body)) ?? 'null'
  const bytes = Buffer.byteLength(json)
  if (bytes > MAX_PAYLOAD_BYTES) return { value: { not_shown_bytes: bytes }, bytes: 100 }
  return { value: JSON.parse(redactLine(json, secrets)), bytes }
}
