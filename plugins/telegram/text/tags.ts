import { decodeEntities } from './entities.ts'
import { escapeHtml } from './escape.ts'
import { isSafeLink } from './links.ts'
import type { Tag, TagName } from './runs.ts'

const HREF = /\shref\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i
const SPOILER = /\sclass\s{0,8}=\s{0,8}["']?tg-spoiler["']?(?:\s|$)/i
const LANGUAGE = /\sclass\s{0,8}=\s{0,8}["']?language-([a-zA-Z0-9+#._-]{1,32})["']?(?:[\s>]|$)/i
const EXPANDABLE = /\sexpandable(?:[\s=]|$)/i

/** Telegram's elements, under each name that it takes them by. */
const NAMES = new Map<string, TagName>([
  ['b', 'b'],
  ['strong', 'b'],
  ['i', 'i'],
  ['em', 'i'],
  ['u', 'u'],
  ['ins', 'u'],
  ['s', 's'],
  ['strike', 's'],
  ['del', 's'],
  ['span', 'tg-spoiler'],
  ['tg-spoiler', 'tg-spoiler'],
  ['a', 'a'],
  ['code', 'code'],
  ['pre', 'pre'],
  ['blockquote', 'blockquote'],
])

export function namedTag(element: string): TagName | undefined {
  return NAMES.get(element)
}

/** The element of Telegram that a start tag opens; null where it opens none. */
export function tagOf(element: string, attributes: string): Tag | null {
  const name = NAMES.get(element)
  if (!name || (element === 'span' && !SPOILER.test(attributes))) return null
  if (name === 'a') return linkOf(attributes)
  if (name === 'blockquote' && EXPANDABLE.test(attributes)) return tag(name, ' expandable')
  const language = name === 'code' ? languageOf(attributes) : undefined
  return tag(name, language ? ` class="language-${language}"` : '')
}

/** The language of code, in the attributes of its tag. */
export function languageOf(attributes: string): string | undefined {
  return attributes.match(LANGUAGE)?.[1]?.toLowerCase()
}

function linkOf(attributes: string): Tag | null {
  const [, double, single, bare] = attributes.match(HREF) ?? []
  const url = decodeEntities(double ?? single ?? bare ?? '').trim()
  return isSafeLink(url) ? tag('a', ` href="${escapeHtml(url)}"`) : null
}

function tag(name: TagName, attributes: string): Tag {
  return { name, open: `<${name}${attributes}>`, close: `</${name}>` }
}
