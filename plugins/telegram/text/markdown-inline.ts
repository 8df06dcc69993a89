import { decodeEntities } from './entities.ts'
import { escapeHtml } from './escape.ts'
import { isSafeLink } from './links.ts'
import { type AnyToken, known, type Token } from './markdown-token.ts'

/** HTML of what stands in a line. */
export function renderInline(tokens: readonly AnyToken[] | undefined): string {
  return known(tokens).map(renderToken).join('')
}

function renderToken(token: Token): string {
  switch (token.type) {
    case 'text':
      return token.tokens ? renderInline(token.tokens) : escapeHtml(decodeEntities(token.text))
    case 'escape':
      return escapeHtml(token.text)
    case 'strong':
      return `<b>${renderInline(token.tokens)}</b>`
    case 'em':
      return `<i>${renderInline(token.tokens)}</i>`
    case 'del':
      return `<s>${renderInline(token.tokens)}</s>`
    case 'codespan':
      return `<code>${escapeHtml(token.text)}</code>`
    case 'br':
      return '\n'
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ '
    case 'link':
      return renderLink(token.href, renderInline(token.tokens), token.autolink === true)
    case 'image':
      return renderLink(token.href, `🖼 ${escapeHtml(decodeEntities(token.text))}`, false)
    default:
      return renderRest(token.raw)
  }
}

/** A place that a chat cannot open, as a path, is told behind the text. */
function renderLink(href: string, inner: string, isLiteral: boolean): string {
  const url = isLiteral ? href : decodeEntities(href)
  if (isSafeLink(url)) return `<a href="${escapeHtml(url)}">${inner || escapeHtml(url)}</a>`
  const place = escapeHtml(url)
  return !place || isLiteral || inner === place ? inner || place : `${inner} (${place})`
}

/** HTML in Markdown is text, but for the line breaks that tables need. */
export function renderRest(raw: string): string {
  return escapeHtml(raw.replace(/<br\s{0,8}\/?>/gi, '\n'))
}
