import type { InlineKeyboardMarkup } from 'grammy/types'
import type { PluginContext } from '../../core/index.ts'
import type { ApiMethod, ApiResult, BotApi, Payload } from './api/bot-api.ts'
import { isFault } from './api/fault.ts'
import type { Group } from './group.ts'
import type { Health } from './health.ts'
import type { Outgoing, Priority } from './outgoing/job.ts'
import type { ShutOut } from './shut-out.ts'
import { plainOf, quietText } from './text/index.ts'

/** Where a message goes, and whose turn it takes. */
export interface Place {
  readonly chat: number
  /** Null outside topics. */
  readonly topic: number | null
  /** A session's id, or `user:<id> <topic>`: nobody's answers wait behind those of somebody else. */
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
    options: CallOptions,
  ): Promise<ApiResult<M>>
}

export interface CallOptions extends Pick<PostOptions, 'priority' | 'signal'> {
  /** How long the call itself may take, once its turn has come. */
  readonly timeoutMs?: number
  /** A try has failed. Another one may follow, by itself, much later. */
  readonly onFailed?: () => void
}

export interface PostParts {
  readonly api: BotApi
  readonly outgoing: Outgoing
  readonly group: Group
  readonly health: Health
  readonly log: PluginContext['log']
  readonly shutOut: ShutOut
}

/** Links in what programs print are not for Telegram to open. */
const NO_PREVIEW = { link_preview_options: { is_disabled: true } } as const

export function createPost(parts: PostParts): Post {
  const { api, outgoing, group, shutOut, log } = parts
  const call: Call = async ({ chat, lane }, method, payload, options) => {
    const { priority, signal, timeoutMs, onFailed } = options
    // What a person asked for is tried: they may have mended it.
    const isHeld = chat === group.id && priority !== 'reply'
    const isLooking = isHeld && shutOut.enter(method)
    return await outgoing.submit({
      ...{ chat, lane, priority, ...(signal && { signal }) },
      async call(aborted) {
        if (isHeld && !isLooking) shutOut.enter(method)
        const call = () =>
          api.call(method, payload(), { signal: aborted, ...(timeoutMs !== undefined && { timeoutMs }) })
        try {
          return await noted(parts, chat, method, call)
        } catch (error) {
          onFailed?.()
          throw error
        }
      },
    })
  }
  const direct: Call = async ({ chat }, method, payload, { signal }) => {
    if (chat === group.id) shutOut.enter(method)
    return await noted(parts, chat, method, () => api.call(method, payload(), signal ? { signal } : {}))
  }
  return { call, direct: createPoster(direct, log), ...createPoster(call, log) }
}

/** What keeps the bot from its work in the group is shown until it works again. */
async function noted<T>(
  { group, health, shutOut }: PostParts,
  chat: number,
  method: ApiMethod,
  call: () => Promise<T>,
) {
  const part = method === 'createForumTopic' ? 'new topics' : 'topics'
  const isOfGroup = chat === group.id
  try {
    const result = await call()
    if (isOfGroup) shutOut.worked(method)
    if (isOfGroup) health.set(part, null)
    return result
  } catch (error) {
    if (isOfGroup) shutOut.failed(method, error)
    if (isOfGroup && isFault(error, 'migrated') && error.migratedTo) group.moved(error.migratedTo)
    if (isOfGroup && isFault(error, ...SHUT_OUT)) health.set(part, error.message)
    // Whatever makes a group unable to have topics.
    if (isOfGroup && method === 'createForumTopic' && isFault(error, 'refused', 'no-method'))
      health.set(part, error.message)
    throw error
  }
}

const SHUT_OUT = ['unauthorized', 'kicked', 'no-rights', 'chat-gone'] as const

type Call = Post['call']

function createPoster(call: Call, log: PostParts['log']): Poster {
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
      const sent = await asMarkup(html, log, text =>
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
        await asMarkup(html, log, text =>
          call(place, 'editMessageText', () => ({ ...said, ...text }), options),
        )
      } catch (error) {
        if (!isFault(error, 'not-modified')) throw error
      }
    },
  }
}

type Text = { readonly text: string; readonly parse_mode?: 'HTML' }

async function asMarkup<T>(
  html: string,
  log: PostParts['log'],
  send: (text: Text) => Promise<T>,
): Promise<T> {
  try {
    return await send({ text: html, parse_mode: 'HTML' })
  } catch (error) {
    if (!isFault(error, 'bad-markup')) throw error
    log.warn({ err: error }, 'Telegram refused the markup of a message: it is sent as plain text')
    return await send({ text: quietText(plainOf(html)) })
  }
}
