import { readHtml } from './read-html.ts'

/** The text that Telegram shows of its HTML: the fallback when it refuses the markup. */
export function plainOf(html: string): string {
  return readHtml(html)
    .map(({ text }) => text)
    .join('')
}

/** How much of Telegram's 4096 a text in HTML takes: UTF-16 units, counted after its tags and entities are read. */
export function telegramLength(html: string): number {
  return plainOf(html).length
}
