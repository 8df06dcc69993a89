import { readHtml } from './read-html.ts'
import { writeRuns } from './runs.ts'

/** HTML of an agent or a plugin as HTML that Telegram takes: its own tags, balanced; everything else is shown as text. */
export function htmlToSafeHtml(html: string): string {
  return writeRuns(readHtml(html))
}
