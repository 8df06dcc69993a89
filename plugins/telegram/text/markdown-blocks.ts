import { renderPre } from './escape.ts'
import { renderInline, renderRest } from './markdown-inline.ts'
import { renderTable } from './markdown-table.ts'
import { type AnyToken, known, type Token, type Tokens } from './markdown-token.ts'

const RULE = '———'
const BULLETS = ['•', '◦', '▪'] as const
const INDENT = '   '

/** HTML of a document's blocks, an empty line between them. Telegram has no headings, lists and tables: they are text. */
export function renderBlocks(tokens: readonly AnyToken[]): string {
  return renderAll(tokens, 0).join('\n\n')
}

function renderAll(tokens: readonly AnyToken[], depth: number): string[] {
  return known(tokens)
    .map(token => renderBlock(token, depth))
    .filter(html => html !== '')
}

function renderBlock(token: Token, depth: number): string {
  switch (token.type) {
    case 'space':
      return ''
    case 'hr':
      return RULE
    case 'heading':
      return `<b>${renderInline(token.tokens)}</b>`
    case 'code':
      return renderPre(token.text, token.lang)
    case 'blockquote':
      return `<blockquote>${renderAll(token.tokens, depth).join('\n\n')}</blockquote>`
    case 'list':
      return renderList(token, depth)
    case 'table':
      return renderTable(token)
    case 'paragraph':
      return renderInline(token.tokens)
    case 'text':
      return renderInline([token])
    case 'html':
    case 'def': // a definition is not seen elsewhere, but nothing that an agent wrote may be missing
      return renderRest(token.raw.trimEnd())
    default:
      return renderInline([token])
  }
}

function renderList(list: Tokens.List, depth: number): string {
  const start = list.start === '' ? 1 : list.start
  const items = list.items.map((item, index) => {
    const sign = list.ordered ? `${start + index}.` : (BULLETS[depth % BULLETS.length] ?? '•')
    return renderItem(item, list.ordered || !item.task ? `${sign} ` : '', depth)
  })
  return items.join(list.loose ? '\n\n' : '\n')
}

function renderItem(item: Tokens.ListItem, sign: string, depth: number): string {
  const indent = INDENT.repeat(depth)
  let html = indent + sign
  let isLineOpen = true
  for (const token of known(item.tokens)) {
    const block = renderBlock(token, depth + 1)
    if (!block) continue
    const isText = token.type === 'text' || token.type === 'paragraph' || token.type === 'checkbox'
    if (isLineOpen && isText) html += block
    else html = `${html.trimEnd()}\n${isText ? indent + INDENT : ''}${block}`
    isLineOpen = token.type === 'checkbox'
  }
  return html
}
