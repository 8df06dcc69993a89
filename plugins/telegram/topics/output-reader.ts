import { type Cursor, type Epoch, formatCursor, type OperationBus, START } from '../../../core/index.ts'
import { sizeText } from '../text/index.ts'
import type { Span } from './activity.ts'

/** What was printed in a span, as clean text. */
export interface PrintedText {
  readonly text: string
  /** Bytes that are kept no more, or were left out. */
  readonly missing: number
  /** Of what else is kept no more, nobody knows how much it was. */
  readonly isMoreMissing: boolean
}

export type ReadOutput = (session: string, epoch: Epoch, span: Span) => Promise<PrintedText>

interface Page {
  readonly output: string
  readonly cursor: Cursor
  readonly truncated: boolean
  readonly gaps: readonly { readonly bytes: number }[]
}

/** Read, masked and laid out in some milliseconds, before anything else has its turn. */
const PAGE_BYTES = 262_144
/** A person reads the beginning and the end of more than a MiB; Telegram would take 50 MB. */
const HEAD_PAGES = 1
const TAIL_BYTES = 3 * PAGE_BYTES

/** Reads from the journal, wherever the session runs, so that nothing needs to be kept of what is printed. */
export function createOutputReader(operations: Pick<OperationBus, 'call'>): ReadOutput {
  const caller = {
    principal: { kind: 'plugin', name: 'telegram', scopes: ['sessions:read'] },
    surface: 'telegram',
  } as const
  return async (session, epoch, { from, to, missing }) => {
    const until = formatCursor(epoch, to)
    let since = from === 0 ? START : formatCursor(epoch, from)
    const pages: string[] = []
    let lost = missing
    let leftOut = 0
    let tailBytes = 0
    let isMoreMissing = false
    for (;;) {
      const ask = { session_id: session, since, until, max_bytes: PAGE_BYTES }
      const page = await operations.call<Page>('session.read', ask, caller)
      const gone = page.gaps.reduce((sum, { bytes }) => sum + bytes, 0)
      pages.push(page.gaps.length > 0 ? `${omission(gone)}${page.output}` : page.output)
      lost += gone
      isMoreMissing ||= page.gaps.some(({ bytes }) => bytes === 0)
      if (pages.length > HEAD_PAGES) tailBytes += Buffer.byteLength(page.output)
      while (tailBytes > TAIL_BYTES) {
        const oldest = Buffer.byteLength(pages.splice(HEAD_PAGES, 1)[0] ?? '')
        tailBytes -= oldest
        leftOut += oldest
      }
      if (!page.truncated || page.cursor === since) break
      since = page.cursor
      await new Promise(resolve => setImmediate(resolve))
    }
    if (leftOut > 0) pages.splice(HEAD_PAGES, 0, omission(leftOut))
    return { text: pages.join(''), missing: lost + leftOut, isMoreMissing }
  }
}

/** Where something is missing, on a line of its own. */
function omission(bytes: number): string {
  return `\n[… ${bytes > 0 ? `${sizeText(bytes)} are` : 'something is'} not here …]\n`
}
