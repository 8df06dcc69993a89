import { isPassword, isRandom, type ValueForm } from './looks-secret.ts'
import { MASKED } from './masked.ts'
import { PASSWORD_NAMES, TOKEN_NAMES } from './secret-names.ts'

// A name, what JSON or Markdown puts behind one, `=` or `:`, and a value: in quotes, in the escaped quotes of JSON in
// JSON, or up to white space.
const ASSIGNED = new RegExp(
  `(?:(?<password>${PASSWORD_NAMES})|${TOKEN_NAMES})` +
    String.raw`(?<sign>(?:\\{0,3}["'])?[\]*_\x60]{0,3}[ \t]{0,4}(?::=|=>|=|:)[*_]{0,2}[ \t]{0,4})` +
    String.raw`(?:\\{1,3}["'](?<escaped>(?:[^"'\\\n]|\\[^"'\n])+)` +
    String.raw`|(?<quote>["'\x60])(?<quoted>(?:(?!\k<quote>)[^\\\n]|\\.)+)` +
    String.raw`|(?<bare>[^\s"'\x60]{1,128}))`,
  'dgi',
)
/** A bare value is judged by so much: in hostile text, each part of a long one may look like the name of the next. */
const MAX_BARE = 128
const REST_OF_WORD = /[^\s"'`]*/y
/** In a query or a connection string, the next value begins. */
const NEXT_ASSIGNMENT = /[;&,](?=[\w.-]{1,40}[=:])/
const CLOSING = /[;,)\]}]+$/

/** Masks what is assigned to a name that is one of a secret: `DB_PASSWORD=…`, `"token": "…"`, `api_key: …`. */
export function maskAssignedSecrets(text: string): string {
  let masked = ''
  let at = 0
  ASSIGNED.lastIndex = 0
  for (let match = ASSIGNED.exec(text); match; match = ASSIGNED.exec(text)) {
    const value = assignedValue(match)
    ASSIGNED.lastIndex = value.start
    if (!isSecret(match, value, text)) continue
    masked += text.slice(at, value.start) + MASKED
    at = value.isWhole ? value.end : endOfWord(text, value.end)
    ASSIGNED.lastIndex = at
  }
  return masked + text.slice(at)
}

interface Value {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly isWhole: boolean
}

function assignedValue({ groups, indices, index }: RegExpExecArray): Value {
  const { escaped, quoted, bare } = groups ?? {}
  const places = indices?.groups
  const [start, end] = places?.escaped ?? places?.quoted ?? places?.bare ?? [index, index]
  if (bare === undefined) return { text: escaped ?? quoted ?? '', start, end, isWhole: true }
  const next = bare.search(NEXT_ASSIGNMENT)
  const isWhole = next > 0 || bare.length < MAX_BARE
  const text = next > 0 ? bare.slice(0, next) : isWhole ? bare.replace(CLOSING, '') || bare : bare
  return { text, start, end: start + text.length, isWhole }
}

function isSecret({ groups }: RegExpExecArray, { text: value, end }: Value, text: string): boolean {
  const { password, sign, bare } = groups ?? {}
  const form: ValueForm = bare === undefined ? 'quoted' : sign === '=' ? 'tight' : 'loose'
  return password === undefined ? isRandom(value, form) : isPassword(value, form, text.slice(end, end + 100))
}

function endOfWord(text: string, at: number): number {
  REST_OF_WORD.lastIndex = at
  return REST_OF_WORD.test(text) ? REST_OF_WORD.lastIndex : at
}
