import { cleanForChat } from './clean.ts'
import { escapeHtml } from './escape.ts'
import { renderBlocks } from './markdown-blocks.ts'
import type { AnyToken } from './markdown-token.ts'
import { htmlToSafeHtml } from './safe-html.ts'

// Reading takes time that grows with the square of a paragraph, and of some texts: half a second at this length, where
// somebody means it. What is longer is sent as a file anyway.
const MAX_MARKDOWN = 32_768
const MAX_PARAGRAPH = 4096
/** More quotes and lists in one another on one line than anybody writes; each level reads all of its text again. */
const TOO_DEEP = /^[ \t]*(?:>[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+){13}/m

/** Telegram's HTML of any Markdown. Never fails: what cannot be rendered is there as plain text. */
export async function markdownToHtml(markdown: string): Promise<string> {
  const text = cleanForChat(markdown)
  const html = await render(text)
  return html.trim() ? html : escapeHtml(text)
}

async function render(text: string): Promise<string> {
  if (text.length > MAX_MARKDOWN || TOO_DEEP.test(text)) return ''
  try {
    return htmlToSafeHtml(renderBlocks(await tokensOf(text)))
  } catch {
    return '' // too deep, or a mistake of the library's: the text must arrive all the same
  }
}

async function tokensOf(text: string): Promise<readonly AnyToken[]> {
  const { Lexer } = await import('marked')
  const lexer = new Lexer({ gfm: true })
  lexer.blockTokens(text, lexer.tokens)
  for (const { src, tokens } of lexer.inlineQueue) {
    if (src.length <= MAX_PARAGRAPH) lexer.inlineTokens(src, tokens)
    else tokens.push({ type: 'text', raw: src, text: src, escaped: false })
  }
  return lexer.tokens
}
