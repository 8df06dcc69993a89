/** Telegram's clients open no longer ones. */
const MAX_LENGTH = 2048
const ALLOWED = /^(?:https?:\/\/|mailto:|tg:\/\/)[^\s\p{C}]+$/iu
/** As a link, `tg://user?id=…` is a mention: a session's text must not call people. */
const MENTION = /^tg:\/*user\b/i

/** Whether a link of a session's text may be one in a chat: of the web, of mail or of Telegram itself. */
export function isSafeLink(url: string): boolean {
  return url.length <= MAX_LENGTH && ALLOWED.test(url) && !MENTION.test(url) && URL.canParse(url)
}
