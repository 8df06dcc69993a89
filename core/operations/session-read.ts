import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import type { Timer } from '../clock.ts'
import type { Entry, Gap } from '../journal/entry.ts'
import { sessionState } from '../sessions/session-schema.ts'
import type { Screen } from '../sessions/terminal.ts'
import { TextRenderer } from '../text/text-renderer.ts'
import * as field from './fields.ts'
import { followSession, Stop, type WatchEnd } from './follow.ts'
import { defineOperation, type OperationCall } from './operation.ts'

const input = z.strictObject({
  session_id: field.sessionId,
  since: field.cursor.default('0'),
  until: field.cursor
    .optional()
    .describe('Read no further than this cursor; with `dropped` of an earlier result.'),
  wait_ms: field.waitMs.default(0).describe('If there is nothing yet, wait this long for something.'),
  max_bytes: field.maxBytes,
  format: z
    .enum(['text', 'raw', 'screen'])
    .default('text')
    .describe('text: clean lines. raw: as the terminal printed it. screen: what a person would see now.'),
})

const output = z.strictObject({
  output: z.string(),
  encoding: z.literal('base64').optional().describe('Set where raw output is not valid UTF-8.'),
  cursor: z.string().describe('Pass it as `since` to read on.'),
  complete: z.boolean().describe('Nothing is running at this point.'),
  truncated: z.boolean().describe('More is there already, after `cursor`.'),
  state: sessionState,
  gaps: z
    .array(z.strictObject({ bytes: z.int(), reason: z.string() }))
    .describe('Output that is no longer kept.'),
})

export const sessionRead = defineOperation({
  name: 'session.read',
  summary: 'Reads what a session printed, from a cursor on.',
  input,
  output,
  scope: 'sessions:read',
  idempotent: true,
  at: 'here',
  mcp: {
    name: 'teleclaude__read',
    description:
      'Read what a session printed. Forward from `since`, never skipping: pass the returned `cursor` as the next `since`. ' +
      'Waits up to wait_ms if there is nothing new. `complete` is true when nothing is running at that point. ' +
      "Use format 'screen' for full-screen programs (editors, pagers, agents' interfaces).",
    annotations: { readOnlyHint: true },
  },
  cli: { words: 'session read', positional: ['session_id'] },
  async run(request, call) {
    if (request.format === 'screen') return readScreen(request.session_id, call)
    const reading = await readEntries(request, call)
    return {
      ...(request.format === 'raw' ? rawOutput(reading.entries) : { output: textOutput(reading) }),
      cursor: reading.end.cursor,
      complete: reading.end.at_end && !reading.end.running,
      truncated: !reading.end.at_end,
      state: sessionState.parse(reading.end.state),
      gaps: reading.entries.filter(isGap).map(({ bytes, reason }) => ({ bytes, reason })),
    }
  },
})

interface Reading {
  readonly entries: readonly Entry[]
  readonly context: readonly Entry[]
  readonly end: WatchEnd
}

/** Everything there is, up to the limit; where there is nothing, the first that comes within the wait. */
async function readEntries(request: z.output<typeof input>, call: OperationCall): Promise<Reading> {
  const entries: Entry[] = []
  const context: Entry[] = []
  const stop = new Stop(call.signal)
  const options = {
    session_id: request.session_id,
    since: String(request.since),
    ...(request.until !== undefined && { until: String(request.until) }),
    max_bytes: request.max_bytes,
    signal: stop.signal,
  }
  const collect = (more: readonly Entry[], _cursor: string, before: readonly Entry[] | undefined) => {
    entries.push(...more)
    context.push(...(before ?? []))
  }
  let deadline: Timer | null = null
  try {
    let end = await followSession(call, { ...options, follow: false, context: true }, collect)
    if (entries.length === 0 && request.wait_ms > 0) {
      deadline = call.clock.setTimeout(stop.end, request.wait_ms)
      end = await followSession(call, { ...options, follow: true }, (more, cursor) => {
        collect(more, cursor, undefined)
        if (more.length > 0) stop.end()
      })
    }
    return { entries, context, end }
  } finally {
    deadline?.cancel()
    stop[Symbol.dispose]()
  }
}

function textOutput({ entries, context }: Reading): string {
  const renderer = new TextRenderer()
  renderer.render(context)
  return renderer.render(entries)
}

function rawOutput(entries: readonly Entry[]): { output: string; encoding?: 'base64' } {
  const bytes = Buffer.concat(entries.flatMap(entry => (entry.kind === 'output' ? [entry.data] : [])))
  return isUtf8(bytes)
    ? { output: bytes.toString('utf8') }
    : { output: bytes.toString('base64'), encoding: 'base64' }
}

async function readScreen(sessionId: string, call: OperationCall): Promise<z.output<typeof output>> {
  const { screen, cursor, running, state } = await call.invoke<{
    screen: Screen
    cursor: string
    running: boolean
    state: string
  }>('session.screen', { session_id: sessionId })
  return {
    output: screen.lines.join('\n'),
    cursor,
    complete: !running,
    truncated: false,
    state: sessionState.parse(state),
    gaps: [],
  }
}

function isGap(entry: Entry): entry is Entry & Gap {
  return entry.kind === 'gap'
}
