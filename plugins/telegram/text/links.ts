/** Telegram's clients open no longer ones. */
const MAX_LENGTH = 2048
const ALLOWED = /^(?:https?|tg):\/\/[^\s\p{C}]+$/iu
/** As a link, `tg://user?id=…` is a mention: a session's text must not call people. */
const MENTION = /^tg:\/*user\b/i

/**
 * Whether a link of a session's text can be one in a chat: of the web, or of Telegram itself. Of others, and of hosts that
 * only the computer knows (`localhost`), Telegram would show the text without the place.
 */
export function isSafeLink(url: string): boolean {
  if (url.length > MAX_LENGTH || !ALLOWED.test(url) || MENTION.test(url)) return false
  const { protocol, hostname } = URL.parse(url) ?? {}
  return protocol === 'tg:' || hostname?.includes('.') === true
}
