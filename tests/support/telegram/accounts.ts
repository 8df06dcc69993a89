import type { BotCommand, User, UserFromGetMe } from '@grammyjs/types'
import type { UpdateQueue } from './update-queue.ts'

export interface BotOptions {
  /** Without @; must end in "bot". */
  readonly username: string
  readonly firstName?: string
  readonly token?: string
  /** True: privacy mode is off. */
  readonly canReadAllGroupMessages?: boolean
  /** True: it takes part in bot-to-bot communication. Both sides must. */
  readonly readsBots?: boolean
}

/** A bot as Telegram knows it. */
export class BotAccount {
  readonly token: string
  readonly user: User & { readonly username: string }
  canReadAllGroupMessages: boolean
  readsBots: boolean
  /** False: the token was revoked, and every call is answered 401. */
  isTokenValid = true
  readonly updates: UpdateQueue
  webhookUrl = ''
  /** By scope and language. */
  readonly commands = new Map<string, readonly BotCommand[]>()

  constructor(id: number, options: BotOptions, updates: UpdateQueue) {
    this.token = options.token ?? `${id}:${`AAH-${options.username}`.padEnd(35, '0').slice(0, 35)}`
    this.user = {
      id,
      is_bot: true,
      first_name: options.firstName ?? options.username,
      username: options.username,
    }
    this.canReadAllGroupMessages = options.canReadAllGroupMessages ?? false
    this.readsBots = options.readsBots ?? false
    this.updates = updates
  }

  get id(): number {
    return this.user.id
  }

  get me(): UserFromGetMe {
    return {
      ...this.user,
      is_bot: true,
      can_join_groups: true,
      can_read_all_group_messages: this.canReadAllGroupMessages,
      supports_inline_queries: false,
      can_connect_to_business: false,
      has_main_web_app: false,
      has_topics_enabled: false,
      allows_users_to_create_topics: false,
      can_manage_bots: false,
      supports_join_request_queries: false,
    }
  }
}
