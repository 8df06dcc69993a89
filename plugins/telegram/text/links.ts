/** Telegram's clients open no longer ones. */
const MAX_LENGTH = 2048
const ALLOWED = /^https?:\/\/[^\s\p{C}]+$/iu

/**
 * Whether a link of a session's text can be one in a chat: only of the web, because those of Telegram itself do things
 * (`tg://user?id=…` is a mention). Of hosts that only the computer knows (`localhost`), Telegram would show the text
 * without the place.
 */
export function isSafeLink(url: string): boolean {
  if (url.length > MAX_LENGTH || !ALLOWED.test(url)) return false
  return URL.parse(url)?.hostname.includes('.') === true
}
