import type { MessageEntity } from '@grammyjs/types'
import { badRequest } from './api-error.ts'
import { decodeReference, match, type Refuse, readAttributes } from './html-tag.ts'

export interface FormattedText {
  readonly text: string
  readonly entities: readonly MessageEntity[]
}

/**
 * Reads Telegram's HTML as tdlib does, refusals included.
 *
 * @see https://core.telegram.org/bots/api#html-style
 * @throws ApiError 400 "can't parse entities: …"
 */
export function parseHtml(html: string): FormattedText {
  const parser = new HtmlParser(html)
  return parser.run()
}

interface OpenTag {
  readonly name: string
  /** What is told of its one attribute that counts: a link, a language, "expandable". */
  readonly argument: string
  readonly offset: number
}

type Shape = Partial<MessageEntity> & { readonly type: MessageEntity['type'] }

const PLAIN_TAGS: Readonly<Record<string, MessageEntity['type']>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
  pre: 'pre',
  code: 'code',
}
const TAGS: ReadonlySet<string> = new Set([...Object.keys(PLAIN_TAGS), 'a', 'blockquote', 'tg-emoji'])

const INVALID_UNICODE =
  'text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units'

class HtmlParser {
  readonly #html: string
  readonly #open: OpenTag[] = []
  readonly #entities: (MessageEntity & { language?: string })[] = []
  #at = 0
  #text = ''

  constructor(html: string) {
    this.#html = html
  }

  run(): FormattedText {
    while (this.#at < this.#html.length) this.#step()
    const left = this.#open.at(-1)
    if (left) throw refuse(`can't find end tag corresponding to start tag "${left.name}"`)
    if (!this.#text.isWellFormed()) throw refuse(INVALID_UNICODE)
    return { text: this.#text, entities: this.#entities.map(withoutLanguageOfCode) }
  }

  #step(): void {
    const character = this.#html.charAt(this.#at)
    if (character === '<') {
      if (this.#html.charAt(this.#at + 1) === '/') this.#endTag()
      else this.#startTag()
      return
    }
    const reference = character === '&' ? decodeReference(this.#html, this.#at) : null
    this.#text += reference?.text ?? character
    this.#at += reference?.length ?? 1
  }

  #startTag(): void {
    const start = this.#at
    const refuseTag: Refuse = (why, at = start) => this.#refuseAt(why, at)
    const name = match(/[^\s>]*/y, this.#html, start + 1)
    const end = start + 1 + name.length
    if (end >= this.#html.length) throw refuseTag('unclosed start tag')
    const tag = name.toLowerCase()
    if (!TAGS.has(tag)) throw refuseTag(`unsupported start tag "${tag}"`)
    const read = readAttributes(this.#html, end, tag, refuseTag)
    const argument = argumentOf(tag, read.attributes)
    if (tag === 'span' && argument !== 'spoiler') throw refuseTag('tag "span" must have class "tg-spoiler"')
    this.#open.push({ name: tag, argument, offset: this.#text.length })
    this.#at = read.end
  }

  #endTag(): void {
    const start = this.#at
    const open = this.#open.pop()
    if (!open) throw this.#refuseAt('unexpected end tag', start)
    const whole = match(/<\/[^\s>]*\s*>/y, this.#html, start)
    if (whole === '') throw this.#refuseAt('unclosed end tag', start)
    const found = whole.slice(2, -1).trimEnd().toLowerCase()
    if (found !== '' && found !== open.name)
      throw this.#refuseAt('unmatched end tag', start, `, expected "</${open.name}>", found "</${found}>"`)
    this.#at += whole.length
    if (this.#text.length > open.offset) this.#close(open)
  }

  #close(open: OpenTag): void {
    const { offset } = open
    const length = this.#text.length - offset
    const last = this.#entities.at(-1)
    const wraps = last?.offset === offset && last.length === length
    if (open.name === 'pre' && wraps && last.type === 'code' && last.language) {
      this.#entities.splice(-1, 1, { type: 'pre', offset, length, language: last.language })
    } else if (open.name === 'code' && wraps && last.type === 'pre' && open.argument) {
      this.#entities.splice(-1, 1, { type: 'pre', offset, length, language: open.argument })
    } else {
      const shape = shapeOf(open, () => this.#text.slice(offset))
      // each shape has what its type of entity asks for
      if (shape) this.#entities.push({ ...shape, offset, length } as MessageEntity)
    }
  }

  #refuseAt(why: string, position: number, more = ''): Error {
    const bytes = Buffer.byteLength(this.#html.slice(0, position))
    return refuse(`${why} at byte offset ${bytes}${more}`)
  }
}

function refuse(why: string): Error {
  return badRequest(`can't parse entities: ${why.charAt(0).toUpperCase()}${why.slice(1)}`)
}

function argumentOf(tag: string, attributes: ReadonlyMap<string, string>): string {
  const language = /^language-(.*)$/s.exec(attributes.get('class') ?? '')?.[1]
  if (tag === 'a') return attributes.get('href') ?? ''
  if (tag === 'code') return language ?? ''
  if (tag === 'span') return /^tg-(.*)$/s.exec(attributes.get('class') ?? '')?.[1] ?? ''
  if (tag === 'tg-emoji') return attributes.get('emoji-id') ?? ''
  return tag === 'blockquote' && attributes.has('expandable') ? 'expandable' : ''
}

function shapeOf({ name, argument }: OpenTag, inner: () => string): Shape | null {
  const type = PLAIN_TAGS[name]
  if (type) return type === 'code' && argument ? ({ type, language: argument } as Shape) : { type }
  if (name === 'blockquote') return { type: argument ? 'expandable_blockquote' : 'blockquote' }
  if (name === 'tg-emoji') {
    if (!/^[1-9]\d*$/.test(argument)) throw refuse('invalid custom emoji identifier specified')
    return { type: 'custom_emoji', custom_emoji_id: argument }
  }
  const url = checkedLink(argument || inner())
  return url ? { type: 'text_link', url } : null
}

/** A link that is none is no refusal: the text stays, without it. */
function checkedLink(link: string): string | null {
  const url = URL.canParse(link) ? link : `http://${link}`
  if (!URL.canParse(url)) return null
  const { protocol, hostname } = new URL(url)
  if (protocol === 'tg:' || protocol === 'ton:') return url
  return /^https?:$/.test(protocol) && hostname.includes('.') ? new URL(url).href : null
}

function withoutLanguageOfCode(entity: MessageEntity & { language?: string }): MessageEntity {
  if (entity.type !== 'code') return entity
  return { type: 'code', offset: entity.offset, length: entity.length }
}
