import type { Entry } from '../journal/entry.ts'
import { TextRenderer } from './text-renderer.ts'

/** The clean text of a run of entries: output as {@link TextRenderer} has it, notices and gaps on lines of their own. */
export function toText(entries: readonly Entry[]): string {
  const renderer = new TextRenderer()
  let text = ''
  let printed: Entry[] = []
  for (const entry of entries) {
    const line = lineOf(entry)
    if (line === null) {
      printed.push(entry)
      continue
    }
    text += renderer.render(printed)
    printed = []
    text += `${text && !text.endsWith('\n') ? '\n' : ''}${line}\n`
  }
  return text + renderer.render(printed)
}

/** What stands on a line of its own; null for what a terminal printed. */
function lineOf(entry: Entry): string | null {
  if (entry.kind === 'notice')
    return `[${entry.author}] ${[entry.text, entry.file?.path].filter(Boolean).join(' ')}`
  return entry.kind === 'gap' ? `[${entry.bytes} bytes are missing: ${entry.reason}]` : null
}
