import { cleanForChat } from '../text/index.ts'

/** The names of people that were seen in Telegram, by their ids. */
export interface Names {
  get(userId: number): string | undefined
}

/** Whom an entry names as its author (`cli user:ada`, `telegram telegram:123`), as people would say it: `ada via cli`. */
export function authorText(author: string, names: Names): string {
  const [surface = '', who = ''] = author.split(' ', 2)
  const [kind, name = ''] = who.split(/:(.*)/s)
  if (kind === 'telegram') return cleanForChat(names.get(Number(name)) ?? `user ${name}`)
  if (!name) return cleanForChat(author)
  return cleanForChat(kind === 'session' ? `session ${name} via ${surface}` : `${name} via ${surface}`)
}
