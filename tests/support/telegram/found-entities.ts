import type { MessageEntity } from '@grammyjs/types'

type FoundType = 'bot_command' | 'mention' | 'url'

const PATTERNS: readonly (readonly [FoundType, RegExp])[] = [
  ['bot_command', /(?<![\w/@<>])\/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/@])/g],
  ['url', /\bhttps?:\/\/[^\s<>"]*[^\s<>".,;:!?)]/g],
  ['mention', /(?<![\w/@.])@[a-zA-Z][a-zA-Z0-9_]{3,31}(?!\w)/g],
]

/** What Telegram marks by itself, of all that it does: commands, links and names. */
export function foundEntities(text: string): readonly MessageEntity[] {
  return PATTERNS.flatMap(([type, pattern]) =>
    [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ type, offset: index, length: found.length })),
  )
}
