import type { Token as AnyToken, MarkedToken } from 'marked'

export type { Tokens } from 'marked'
export type { AnyToken }
/** What the lexer finds; of a kind that it may get, only the source is known. */
export type Token = MarkedToken | { readonly type: 'unknown'; readonly raw: string }

/** The library's own type has tokens of any shape too, for its extensions: there are none here. */
export function known(tokens: readonly AnyToken[] | undefined): readonly Token[] {
  return (tokens ?? []) as readonly Token[]
}
