/** A session's text without what chats must not get: NUL and other control characters, lone surrogates, bidi overrides. */
export function cleanForChat(text: string): string {
  return text.toWellFormed().replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '')
}
