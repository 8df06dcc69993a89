import type { Entry } from '../journal/entry.ts'
import { TextRenderer } from './text-renderer.ts'

/** The clean text of a run of entries: output as {@link TextRenderer} has it, notices and gaps on lines of their own. */
export function toText(entries: readonly Entry[]): string {
  const renderer = new TextRenderer()
  let text = ''
  for (const entry of entries) {
    if (entry.kind === 'notice') text += onOwnLine(text, `[${entry.author}] ${entry.text}`)
    else if (entry.kind === 'gap')
      text += onOwnLine(text, `[${entry.bytes} bytes are missing: ${entry.reason}]`)
    else text += renderer.render([entry])
  }
  return text
}

function onOwnLine(before: string, line: string): string {
  return `${before && !before.endsWith('\n') ? '\n' : ''}${line}\n`
}
