import type { InlineKeyboardButton, InlineKeyboardMarkup, Opts } from '@grammyjs/types'
import { badRequest } from './api-error.ts'
import type { AttachedFile } from './api-shapes.ts'

export type AnyMarkup = NonNullable<Opts<AttachedFile>['sendMessage']['reply_markup']>

const MAX_BUTTONS = 100
const MAX_PER_ROW = 8
const MAX_DATA_BYTES = 64
const MAX_MARKUP_BYTES = 10 * 1024

/**
 * The inline keyboard of what a bot sends; undefined for the other kinds.
 *
 * @throws ApiError where Telegram would refuse it
 */
export function inlineKeyboard(markup: AnyMarkup | undefined): InlineKeyboardMarkup | undefined {
  if (!markup || !('inline_keyboard' in markup)) return undefined
  const rows = markup.inline_keyboard.filter(row => row.length > 0)
  const isLarge = rows.flat().length > MAX_BUTTONS || rows.some(row => row.length > MAX_PER_ROW)
  if (isLarge || Buffer.byteLength(JSON.stringify(rows)) > MAX_MARKUP_BYTES)
    throw badRequest('reply markup is too long')
  for (const button of rows.flat()) checkButton(button)
  return { inline_keyboard: rows }
}

function checkButton(button: InlineKeyboardButton): void {
  if (button.text.trim() === '') throw badRequest('inline keyboard button text must be non-empty')
  if ('callback_data' in button) {
    const bytes = Buffer.byteLength(button.callback_data)
    if (bytes < 1 || bytes > MAX_DATA_BYTES) throw badRequest('BUTTON_DATA_INVALID')
  }
  if ('url' in button && !/^(https?|tg|ton):\/\/./.test(button.url)) throw badRequest('BUTTON_URL_INVALID')
}

export function isSameKeyboard(
  a: InlineKeyboardMarkup | undefined,
  b: InlineKeyboardMarkup | undefined,
): boolean {
  return JSON.stringify(a?.inline_keyboard ?? []) === JSON.stringify(b?.inline_keyboard ?? [])
}
