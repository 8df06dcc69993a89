import { z } from 'zod'
import { MAX_ENTRY_BYTES, type WireEntry } from './entry.ts'

/** Output in base64 is a third longer than its bytes; text is no longer than they are. */
const MAX_DATA = 2 * MAX_ENTRY_BYTES
/** As long as a whole message between computers: what an entry holds besides output is bounded where it is written. */
const MAX_TEXT = 4 * 1024 * 1024

const text = z.string().max(MAX_TEXT)
const word = z.string().max(64)
const count = z.int().min(0)
const place = { seq: count, at: z.int() }

const mark = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start') }),
  z.object({
    type: z.literal('end'),
    exitCode: z.int().nullable(),
    durationMs: z.number().nullable(),
    cwd: text.nullable(),
  }),
  z.object({ type: z.literal('prompt'), cwd: text.nullable() }),
  z.object({ type: z.literal('turn') }),
])

const wireEntry = z.discriminatedUnion('kind', [
  z.object({
    ...place,
    kind: z.literal('output'),
    data: z.string().max(MAX_DATA),
    encoding: z.exactOptional(z.literal('base64')),
    layer: z.exactOptional(z.enum(['alternate', 'string'])),
  }),
  z.object({
    ...place,
    kind: z.literal('input'),
    author: text,
    length: count,
    text: z.exactOptional(text),
  }),
  z.object({ ...place, kind: z.literal('mark'), mark }),
  z.object({
    ...place,
    kind: z.literal('state'),
    state: z.exactOptional(word),
    reason: z.exactOptional(text),
    exitCode: z.exactOptional(z.int().nullable()),
    signal: z.exactOptional(word.nullable()),
    cols: z.exactOptional(count),
    rows: z.exactOptional(count),
    title: z.exactOptional(text),
  }),
  z.object({
    ...place,
    kind: z.literal('gap'),
    bytes: count,
    fromSeq: z.exactOptional(count),
    toSeq: z.exactOptional(count),
    reason: text,
  }),
  z.object({
    ...place,
    kind: z.literal('notice'),
    text,
    format: z.enum(['text', 'markdown', 'html']),
    author: text,
    file: z.exactOptional(z.object({ path: text, name: text, bytes: count })),
  }),
])

/** An entry as another computer sent it, less the fields that are not known here; null for what is none. */
export function parseWireEntry(value: unknown): WireEntry | null {
  return wireEntry.safeParse(value).data ?? null
}
