import { decodeEntities } from './entities.ts'
import { type AnyToken, known, type Token } from './markdown-token.ts'

/** The text of what stands in a line, for places that can have no markup. */
export function plainInline(tokens: readonly AnyToken[] | undefined): string {
  return known(tokens).map(plainToken).join('')
}

function plainToken(token: Token): string {
  switch (token.type) {
    case 'text':
      return token.tokens ? plainInline(token.tokens) : decodeEntities(token.text)
    case 'strong':
    case 'em':
    case 'del':
      return plainInline(token.tokens)
    case 'codespan':
    case 'escape':
      return token.text
    case 'link': {
      const text = plainInline(token.tokens)
      return token.autolink || text === token.href ? text : `${text} (${token.href})`
    }
    case 'br':
      return ' '
    default:
      return token.raw
  }
}
