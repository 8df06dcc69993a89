import type { InlineKeyboardMarkup } from 'grammy/types'
import type { Caller } from '../../../core/index.ts'
import type { TelegramParts } from '../parts.ts'
import type { Place } from '../post.ts'
import type { TopicRecord } from '../topics/topic-store.ts'
import type { Buttons } from './buttons.ts'
import type { Choices } from './choices.ts'
import type { Heard } from './heard.ts'
import type { Logs } from './logs.ts'
import type { Mastership } from './mastership.ts'
import type { Reservations } from './reservations.ts'

/** What those who deal with people share. */
export interface PeopleParts extends TelegramParts {
  readonly buttons: Buttons
  readonly choices: Choices
  readonly reservations: Reservations
  readonly mastership: Mastership
  readonly logs: Logs
  /** The name of this bot, without @; null until Telegram has told it. */
  botName(): string | null
}

/** One thing that was heard, and whom to answer. Nothing that people say next waits until Telegram has the answer. */
export interface Occasion<Type extends Heard['type'] = Heard['type']> {
  readonly heard: Heard & { readonly type: Type }
  /** The topic of a session; null in the general topic, in private, and in topics that are not ours. */
  readonly record: TopicRecord | null
  readonly caller: Caller
  readonly place: Place
  /** Answers the person. */
  reply(html: string, keyboard?: InlineKeyboardMarkup): void
  /** Changes the message whose button was pressed; without a keyboard it has no buttons any more. */
  revise(html: string, keyboard?: InlineKeyboardMarkup): void
  /** Says without words that it is done, where nothing else shows that. */
  acknowledge(): void
  /** Something else that Telegram is being told. */
  telling(work: Promise<unknown>): void
}
