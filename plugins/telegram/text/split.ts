import { escapeHtml } from './escape.ts'
import { plainOf } from './plain.ts'

/**
 * Cuts HTML into messages, each valid by itself: tags that are open at a cut are closed and opened again. None where
 * there is nothing to see in it: Telegram refuses a message of blanks.
 */
export function splitHtml(html: string, maxUnits = 4096): string[] {
  const text = plainOf(html)
  if (!text.trim()) return []
  if (text.length <= maxUnits) return [html]
  const parts: string[] = []
  for (let at = 0; at < text.length; at += maxUnits) parts.push(escapeHtml(text.slice(at, at + maxUnits)))
  return parts
}
