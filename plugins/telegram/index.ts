/**
 * Telegram: every session is a topic of a forum group, where people read it and type into it.
 *
 * @packageDocumentation
 */
import { definePlugin } from '../../core/index.ts'
import { telegramOptions } from './options.ts'

/**
 * The telegram plugin. It starts without waiting for Telegram; while Telegram cannot be used, its health says why.
 *
 * @example plugins: [terminal(), telegram({ token: env('TELEGRAM_BOT_TOKEN'), supergroupId: -1001234567890, allowedUsers: [123456] })]
 */
export const telegram = definePlugin({
  name: 'telegram',
  summary: 'Shows every session as a topic of a Telegram group, where people read it and type into it.',
  options: telegramOptions,
  async checkup(options, look) {
    const { checkTelegram } = await import('./checkup.ts')
    return await checkTelegram(options, look)
  },
  async setup(ctx, options) {
    const { createTelegram } = await import('./create-telegram.ts')
    createTelegram(ctx, options)
  },
})

export default telegram
