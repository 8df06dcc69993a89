import { escapeHtml } from './escape.ts'

/** HTML of an agent or a plugin as HTML that Telegram takes: its own tags, balanced; everything else is shown as text. */
export function htmlToSafeHtml(html: string): string {
  return escapeHtml(html)
}
