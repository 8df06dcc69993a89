import type { InlineKeyboardMarkup } from 'grammy/types'
import type { PluginContext } from '../../core/index.ts'
import type { BotApi } from './api/bot-api.ts'
import type { Group } from './group.ts'
import type { Health } from './health.ts'
import type { SeenNames } from './names.ts'
import type { OneAtATime } from './one-at-a-time.ts'
import type { TelegramOptions } from './options.ts'
import type { Outgoing } from './outgoing/job.ts'
import type { Post } from './post.ts'
import type { Mask } from './text/index.ts'
import type { TopicStore } from './topics/topic-store.ts'

/** What the parts of the plugin share. */
export interface TelegramParts {
  readonly ctx: PluginContext
  readonly options: TelegramOptions
  readonly api: BotApi
  readonly outgoing: Outgoing
  readonly post: Post
  readonly group: Group
  readonly topics: TopicStore
  readonly health: Health
  readonly mask: Mask
  readonly names: SeenNames
  /** Results are made one by one, and of large ones none before the one before is sent: so few are in memory. */
  readonly composing: OneAtATime
  readonly sendingLarge: OneAtATime
  /** The buttons below what is shown of a session that lives. */
  controls(session: string): InlineKeyboardMarkup
  /** A topic that was kept for a session that is being started again in it. */
  takeReserved(session: string): Promise<number | null>
}
