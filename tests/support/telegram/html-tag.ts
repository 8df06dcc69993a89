export interface Reference {
  readonly text: string
  /** How many characters it takes in the HTML. */
  readonly length: number
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' }

/** Reads `&lt;` and the like at a position; null where it is none, and then the text stays as it is. */
export function decodeReference(html: string, at: number): Reference | null {
  const found = /^&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?/.exec(html.slice(at, at + 40))
  if (!found) return null
  const [whole, hexadecimal, decimal, name] = found
  const code = hexadecimal ? Number.parseInt(hexadecimal, 16) : Number(decimal ?? 0)
  const isNumber = code > 0 && code < 0x10ffff && whole.replace(';', '').length < 10
  const text = name ? NAMED[name] : isNumber ? String.fromCodePoint(code) : undefined
  return text === undefined ? null : { text, length: whole.length }
}

export interface ReadAttributes {
  readonly attributes: ReadonlyMap<string, string>
  /** Just behind the `>`. */
  readonly end: number
}

/** Says what is wrong with a tag, and where, if not at its beginning. */
export type Refuse = (why: string, at?: number) => Error

/** Reads from behind a tag's name to its `>`. */
export function readAttributes(html: string, from: number, tag: string, refuse: Refuse): ReadAttributes {
  const attributes = new Map<string, string>()
  let at = from
  for (;;) {
    at += leadingSpace(html, at)
    if (at >= html.length) throw refuse('unclosed start tag')
    if (html.charAt(at) === '>') return { attributes, end: at + 1 }
    const name = match(/[^\s=>/"']*/y, html, at)
    if (name === '') throw refuse(`empty attribute name in the tag "${tag}"`)
    const value = readValue(html, at + name.length, tag, refuse)
    attributes.set(name, value.text)
    at = value.end
  }
}

interface ReadValue {
  readonly text: string
  readonly end: number
}

function readValue(html: string, from: number, tag: string, refuse: Refuse): ReadValue {
  const equals = from + leadingSpace(html, from)
  if (equals < html.length && html.charAt(equals) !== '=') return { text: '', end: equals }
  const at = equals + 1 + leadingSpace(html, equals + 1)
  if (at >= html.length) throw refuse(`unclosed start tag "${tag}"`)
  const quote = html.charAt(at)
  if (quote !== '"' && quote !== "'") return readToken(html, at, refuse)
  const end = html.indexOf(quote, at + 1)
  if (end < 0) throw refuse('unclosed start tag')
  return { text: decodeAll(html.slice(at + 1, end)), end: end + 1 }
}

function readToken(html: string, at: number, refuse: Refuse): ReadValue {
  const token = match(/[a-zA-Z0-9.-]*/y, html, at)
  const end = at + token.length
  if (!/[\s>]/.test(html.charAt(end))) throw refuse('unexpected end of name token', at)
  return { text: token.toLowerCase(), end }
}

function decodeAll(value: string): string {
  let text = ''
  for (let at = 0; at < value.length; ) {
    const reference = value.charAt(at) === '&' ? decodeReference(value, at) : null
    text += reference?.text ?? value.charAt(at)
    at += reference?.length ?? 1
  }
  return text
}

function leadingSpace(html: string, at: number): number {
  return match(/\s*/y, html, at).length
}

/** What a sticky pattern finds exactly there. */
export function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}
