import type { InlineKeyboardMarkup } from 'grammy/types'
import type { ApiMethod, ApiResult, BotApi, Payload } from './api/bot-api.ts'
import { isFault } from './api/fault.ts'
import type { Group } from './group.ts'
import type { Outgoing, Priority } from './outgoing/job.ts'
import { plainOf } from './text/index.ts'

/** Where a message goes, and whose turn it takes. */
export interface Place {
  readonly chat: number
  /** Null outside topics. */
  readonly topic: number | null
  /** A session's id, or `user:<id>`. */
  readonly lane: string
}

export interface PostOptions {
  readonly priority: Priority
  readonly keyboard?: InlineKeyboardMarkup | undefined
  readonly isSilent?: boolean
  /** The message that this one answers. */
  readonly replyTo?: number
  readonly signal?: AbortSignal | undefined
}

/** Says things in Telegram's HTML. Markup that Telegram refuses is sent as plain text. */
export interface Poster {
  /** Settles with the id of the new message. @throws TelegramFault */
  send(place: Place, html: string, options: PostOptions): Promise<number>
  /** @throws TelegramFault; never of kind `not-modified` */
  edit(place: Place, message: number, html: string, options: PostOptions): Promise<void>
}

/** What the plugin says, each in its turn. */
export interface Post extends Poster {
  /** For who has the turn already. */
  readonly direct: Poster
  /** One call that counts against the chat's budget. @throws TelegramFault */
  call<M extends ApiMethod>(
    place: Omit<Place, 'topic'>,
    method: M,
    payload: () => Payload<M>,
    options: Pick<PostOptions, 'priority' | 'signal'>,
  ): Promise<ApiResult<M>>
}

export interface PostParts {
  readonly api: BotApi
  readonly outgoing: Outgoing
  readonly group: Group
}

/** Links in what programs print are not for Telegram to open. */
const NO_PREVIEW = { link_preview_options: { is_disabled: true } } as const

export function createPost({ api, outgoing, group }: PostParts): Post {
  const call: Call = async ({ chat, lane }, method, payload, { priority, signal }) => {
    try {
      return await outgoing.submit({
        ...{ chat, lane, priority, ...(signal && { signal }) },
        call: aborted => api.call(method, payload(), { signal: aborted }),
      })
    } catch (error) {
      if (isFault(error, 'migrated') && chat === group.id && error.migratedTo) group.moved(error.migratedTo)
      throw error
    }
  }
  const direct: Call = (_, method, payload) => api.call(method, payload())
  return { call, direct: createPoster(direct), ...createPoster(call) }
}

type Call = Post['call']

function createPoster(call: Call): Poster {
  return {
    async send(place, html, options) {
      const { chat, topic } = place
      const { keyboard, isSilent, replyTo } = options
      const said = {
        ...{ chat_id: chat, ...(topic !== null && { message_thread_id: topic }), ...NO_PREVIEW },
        ...(keyboard && { reply_markup: keyboard }),
        ...(isSilent && { disable_notification: true }),
        ...(replyTo && { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }),
      }
      const sent = await asMarkup(html, text =>
        call(place, 'sendMessage', () => ({ ...said, ...text }), options),
      )
      return sent.message_id
    },
    async edit(place, message, html, options) {
      const said = {
        ...{ chat_id: place.chat, message_id: message, ...NO_PREVIEW },
        ...(options.keyboard && { reply_markup: options.keyboard }),
      }
      try {
        await asMarkup(html, text => call(place, 'editMessageText', () => ({ ...said, ...text }), options))
      } catch (error) {
        if (!isFault(error, 'not-modified')) throw error
      }
    },
  }
}

type Text = { readonly text: string; readonly parse_mode?: 'HTML' }

async function asMarkup<T>(html: string, send: (text: Text) => Promise<T>): Promise<T> {
  try {
    return await send({ text: html, parse_mode: 'HTML' })
  } catch (error) {
    if (!isFault(error, 'bad-markup')) throw error
    return await send({ text: plainOf(html) })
  }
}
