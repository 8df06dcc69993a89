import type { PluginContext } from '../../core/index.ts'
import type { TelegramOptions } from './options.ts'

/** Puts the parts of the plugin together. */
export function createTelegram(ctx: PluginContext, options: TelegramOptions): void {
  ctx.log.info({ group: options.supergroupId }, 'people are reached in Telegram')
}
