import { cleanForChat } from '../text/index.ts'

/** The names of people that were seen in Telegram, by their ids. */
export interface Names {
  get(userId: number): string | undefined
}

/** Whom an entry names as its author (`cli user:ada`, `telegram telegram:123`), as people would say it: `ada via cli`. */
export function authorText(author: string, names: Names): string {
  const [surface = '', who] = author.split(' ', 2)
  if (who === undefined) return cleanForChat(author)
  const said = principalText(who, names)
  return surface === 'telegram' ? said : `${said} via ${cleanForChat(surface)}`
}

/** A principal (`user:ada`, `telegram:123`, `peer:macbook/user:ada`), as people would say it. */
export function principalText(principal: string, names: Names): string {
  const [kind, name = ''] = principal.split(/:(.*)/s)
  if (!name) return cleanForChat(principal)
  if (kind === 'telegram') return cleanForChat(names.get(Number(name)) ?? `user ${name}`)
  if (kind === 'session') return cleanForChat(`session ${name}`)
  if (kind !== 'peer') return cleanForChat(name)
  const [computer = '', caller] = name.split(/\/(.*)/s)
  return caller ? `${principalText(caller, names)} on ${cleanForChat(computer)}` : cleanForChat(computer)
}
