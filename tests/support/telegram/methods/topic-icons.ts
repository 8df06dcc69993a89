import type { Sticker } from '@grammyjs/types'

const ICONS: readonly (readonly [string, string])[] = [
  ['📰', '5434144690511290129'],
  ['💡', '5312536423851630001'],
  ['⚡️', '5312016608254762256'],
  ['💻', '5350554349074391003'],
  ['✅', '5237699328843200968'],
  ['❗️', '5379748062124056162'],
]

/** Icons that every bot may give to a topic; Telegram has about a hundred. */
export const ICON_EMOJI_IDS: readonly string[] = ICONS.map(([, id]) => id)

export const ICON_STICKERS: readonly Sticker[] = ICONS.map(([emoji, id]) => ({
  file_id: `CAACAgIAAx${id}`,
  file_unique_id: `AgAD${id}`,
  type: 'custom_emoji',
  width: 100,
  height: 100,
  is_animated: true,
  is_video: false,
  emoji,
  set_name: 'Topics',
  custom_emoji_id: id,
}))
