import type { MessageEntity } from '@grammyjs/types'
import { badRequest } from './api-error.ts'
import { foundEntities } from './found-entities.ts'
import { type FormattedText, parseHtml } from './html.ts'

export const MAX_TEXT = 4096
export const MAX_CAPTION = 1024
/** Telegram ignores what comes after these. */
const MAX_ENTITIES = 100

export interface TextRequest {
  readonly text: string
  readonly parseMode?: string | undefined
  readonly entities?: readonly MessageEntity[] | undefined
}

/**
 * What Telegram makes of the text that a bot or a person sends: parsed, cleaned of control characters, trimmed, and with
 * the entities that it finds by itself. Lengths are not checked.
 */
export function formatText({ text, parseMode, entities = [] }: TextRequest): FormattedText {
  if (parseMode && parseMode.toLowerCase() !== 'html')
    throw badRequest(`the test server parses HTML only, not ${parseMode}`)
  if (!text.isWellFormed()) throw badRequest('strings must be encoded in UTF-8')
  const parsed = parseMode ? parseHtml(text) : { text, entities }
  const cleaned = trimmed(clean(parsed))
  // no text that is short enough has more of them
  const own = settled(cleaned.entities.slice(0, MAX_TEXT))
  // what is too long is refused whatever is in it
  const searched = cleaned.text.length > MAX_TEXT ? '' : cleaned.text
  const found = foundEntities(searched).filter(entity => !own.some(other => crosses(entity, other)))
  return { text: cleaned.text, entities: sorted([...own, ...found]).slice(0, MAX_ENTITIES) }
}

/** Control characters become spaces; carriage returns and some invisible characters go. */
function clean({ text, entities }: FormattedText): FormattedText {
  const gone = /\r|[\u2028-\u202e]|\u0333|\u033f|\u030a/g
  const positions = [...text.matchAll(gone)].map(({ index }) => index)
  const moved = (offset: number) => offset - positions.filter(at => at < offset).length
  return {
    text: text.replace(gone, '').replace(/[\u0000-\u0009\u000b-\u001f]/g, ' '),
    entities: entities.map(entity => {
      const offset = moved(entity.offset)
      return { ...entity, offset, length: moved(entity.offset + entity.length) - offset }
    }),
  }
}

/** Nothing blank at the end, nor at the beginning before the first entity. */
function trimmed({ text, entities }: FormattedText): FormattedText {
  const first = entities.reduce((least, { offset }) => Math.min(least, offset), text.length)
  const start = Math.min(first, /^[ \n]*/.exec(text)?.[0].length ?? 0)
  const end = text.replace(/[ \n]+$/, '').length
  const kept = entities.map(entity => {
    const length = Math.min(entity.length, end - entity.offset)
    return { ...entity, offset: entity.offset - start, length }
  })
  return { text: text.slice(start, end), entities: kept.filter(({ length }) => length > 0) }
}

/** Inside of code there is no other formatting. */
function settled(entities: readonly MessageEntity[]): readonly MessageEntity[] {
  const code = sorted(entities.filter(({ type }) => type === 'pre' || type === 'code'))
  const others = entities.filter(({ type }) => type !== 'pre' && type !== 'code')
  const outermost = code.filter((inner, index) => !code.slice(0, index).some(outer => crosses(outer, inner)))
  return [...outermost, ...others.flatMap(entity => outsideOf(entity, outermost))]
}

function outsideOf(entity: MessageEntity, code: readonly MessageEntity[]): readonly MessageEntity[] {
  if (entity.type.endsWith('blockquote')) return [entity]
  return code.reduce<readonly MessageEntity[]>(
    (pieces, block) => pieces.flatMap(piece => cut(piece, block)),
    [entity],
  )
}

function cut(piece: MessageEntity, block: MessageEntity): readonly MessageEntity[] {
  if (!crosses(piece, block)) return [piece]
  const end = piece.offset + piece.length
  const blockEnd = block.offset + block.length
  return [
    { ...piece, length: block.offset - piece.offset },
    { ...piece, offset: blockEnd, length: end - blockEnd },
  ].filter(({ length }) => length > 0)
}

function crosses(one: MessageEntity, other: MessageEntity): boolean {
  return one.offset < other.offset + other.length && other.offset < one.offset + one.length
}

function sorted(entities: readonly MessageEntity[]): readonly MessageEntity[] {
  return [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length)
}
