import { escapeHtml } from './escape.ts'

/** Telegram's HTML of any Markdown. Never fails: what cannot be rendered is there as plain text. */
export async function markdownToHtml(markdown: string): Promise<string> {
  return escapeHtml(markdown)
}
