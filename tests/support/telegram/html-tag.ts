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

/** Reads from behind a tag's name to its `>`. A string says what is wrong, with TAG for the tag. */
export function readAttributes(html: string, from: number): ReadAttributes | string {
  const attributes = new Map<string, string>()
  let at = from
  for (;;) {
    at += leadingSpace(html, at)
    if (at >= html.length) return 'unclosed start tag'
    if (html.charAt(at) === '>') return { attributes, end: at + 1 }
    const name = /^[^\s=>/"']*/.exec(html.slice(at))?.[0] ?? ''
    if (name === '') return 'empty attribute name in the tag TAG'
    at += name.length
    const value = readValue(html, at)
    if (typeof value === 'string') return value
    attributes.set(name, value.text)
    at = value.end
  }
}

function readValue(html: string, from: number): { text: string; end: number } | string {
  let at = from + leadingSpace(html, from)
  if (at >= html.length) return 'unclosed start tag TAG'
  if (html.charAt(at) !== '=') return { text: '', end: at }
  at += 1
  at += leadingSpace(html, at)
  const quote = html.charAt(at)
  if (quote === '') return 'unclosed start tag TAG'
  if (quote !== '"' && quote !== "'") return readToken(html, at)
  const end = html.indexOf(quote, at + 1)
  if (end < 0) return 'unclosed start tag'
  return { text: decodeAll(html.slice(at + 1, end)), end: end + 1 }
}

function readToken(html: string, at: number): { text: string; end: number } | string {
  const token = /^[a-zA-Z0-9.-]*/.exec(html.slice(at))?.[0] ?? ''
  const end = at + token.length
  if (!/^[\s>]/.test(html.charAt(end))) return 'unexpected end of name token'
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
  return /^\s*/.exec(html.slice(at))?.[0].length ?? 0
}
