import { cutText, type Span } from './cuts.ts'
import { readHtml } from './read-html.ts'
import { type Run, writeRuns } from './runs.ts'

/** Telegram reads no longer text, its markup counted. */
const MAX_BYTES = 32_768

/**
 * Cuts HTML into messages, each valid by itself: tags that are open at a cut are closed and opened again. None where
 * there is nothing to see in it: Telegram refuses a message of blanks. The white space at a cut is dropped, but for the
 * indentation of a line.
 */
export function splitHtml(html: string, maxUnits = 4096): string[] {
  const runs = readHtml(html)
  const text = runs.map(run => run.text).join('')
  return partsOf(runs, cutText(text, maxUnits)).map(writePart)
}

/** A part with more links than Telegram reads keeps its text. */
function writePart(runs: readonly Run[]): string {
  const html = writeRuns(runs)
  if (Buffer.byteLength(html) <= MAX_BYTES) return html
  return writeRuns(runs.map(({ text }) => ({ text, tags: [] })))
}

function partsOf(runs: readonly Run[], spans: readonly Span[]): Run[][] {
  let index = 0
  let offset = 0
  return spans.map(({ start, end }) => {
    const part: Run[] = []
    for (let run = runs[index]; run && offset < end; run = runs[index]) {
      const text = run.text.slice(Math.max(0, start - offset), end - offset)
      if (text) part.push({ text, tags: run.tags })
      if (offset + run.text.length > end) break
      offset += run.text.length
      index++
    }
    return part
  })
}
