import type { Message, Update } from 'grammy/types'

/** Who said something in Telegram. */
export interface Person {
  readonly id: number
  readonly name: string
  readonly isBot: boolean
}

/** What all that is heard has in common. */
export interface HeardFrom {
  readonly update: number
  readonly person: Person
  readonly chat: number
  readonly isPrivate: boolean
  /** Null outside topics. */
  readonly topic: number | null
  readonly message: number
  /** When it was said, milliseconds since the Unix epoch, by Telegram's clock. */
  readonly at: number
}

/** A file as it was sent. Nothing in it can be trusted. */
export interface HeardFile {
  readonly id: string
  /** Null for photos and voice, which have none. */
  readonly name: string | null
  readonly extension: string
  readonly bytes: number | null
}

/** What somebody said or did. */
export type Heard = HeardFrom &
  (
    | { readonly type: 'text'; readonly text: string; readonly isForwarded: boolean }
    | {
        readonly type: 'command'
        readonly name: string
        readonly args: string
        /** The bot that it names, without @; null if it names none. */
        readonly bot: string | null
      }
    | {
        readonly type: 'file'
        readonly file: HeardFile
        readonly caption: string
        readonly isForwarded: boolean
        /** Whether others were sent with it, each of which is heard by itself. */
        readonly isInAlbum: boolean
      }
    | {
        readonly type: 'press'
        readonly query: string
        readonly data: string
        /** What the button says; null where Telegram does not show the message any more. */
        readonly label: string | null
      }
    | { readonly type: 'topic-closed' }
    | { readonly type: 'topic-reopened' }
    | { readonly type: 'topic-renamed'; readonly name: string }
  )

/** The kinds of updates that are asked for. Edited messages are not: what was typed was typed. */
export const ALLOWED_UPDATES = ['message', 'callback_query'] as const

/** What an update says; null for what is of no concern here. */
export function hear(update: Update): Heard | null {
  if (update.callback_query) return pressed(update.update_id, update.callback_query)
  if (update.message) return said(update.update_id, update.message)
  return null
}

function pressed(update: number, query: NonNullable<Update['callback_query']>): Heard | null {
  const { message, data, from, id } = query
  if (!message || data === undefined) return null
  const isSeen = message.date !== 0
  return {
    ...{ type: 'press', update, query: id, data, topic: isSeen ? topicOf(message) : null },
    label: isSeen ? labelOf(message, data) : null,
    person: { id: from.id, name: nameOf(from), isBot: from.is_bot },
    chat: message.chat.id,
    isPrivate: message.chat.type === 'private',
    message: message.message_id,
    // A press has no time of its own.
    at: Number.POSITIVE_INFINITY,
  }
}

function said(update: number, message: Message): Heard | null {
  const { from, chat } = message
  // Whoever writes in the name of a chat is nobody.
  if (!from || message.sender_chat || message.via_bot) return null
  const common: HeardFrom = {
    update,
    person: { id: from.id, name: nameOf(from), isBot: from.is_bot },
    chat: chat.id,
    isPrivate: chat.type === 'private',
    topic: topicOf(message),
    message: message.message_id,
    at: message.date * 1000,
  }
  const content = contentOf(message)
  return content && { ...common, ...content }
}

/** Outside topics a thread is a chain of answers. */
function topicOf({ is_topic_message, message_thread_id }: Message): number | null {
  return is_topic_message ? (message_thread_id ?? null) : null
}

function labelOf({ reply_markup }: Message, data: string): string | null {
  const buttons = reply_markup?.inline_keyboard.flat() ?? []
  return buttons.find(button => 'callback_data' in button && button.callback_data === data)?.text ?? null
}

type Content = { [Type in Heard['type']]: Omit<Heard & { type: Type }, keyof HeardFrom> }[Heard['type']]

function contentOf(message: Message): Content | null {
  const isForwarded = message.forward_origin !== undefined
  if (message.text !== undefined) {
    const command = isForwarded ? null : commandIn(message)
    return command ?? { type: 'text', text: message.text, isForwarded }
  }
  const file = fileIn(message)
  const isInAlbum = message.media_group_id !== undefined
  if (file) return { type: 'file', file, caption: message.caption ?? '', isForwarded, isInAlbum }
  if (message.forum_topic_closed) return { type: 'topic-closed' }
  if (message.forum_topic_reopened) return { type: 'topic-reopened' }
  const name = message.forum_topic_edited?.name
  return name === undefined ? null : { type: 'topic-renamed', name }
}

/** `/name`, `/name@bot arguments`; Telegram says where it is a command. */
function commandIn({ text = '', entities = [] }: Message): Content | null {
  if (!entities.some(({ type, offset }) => type === 'bot_command' && offset === 0)) return null
  const [, name, bot, args = ''] = /^\/([a-z0-9_]{1,32})(?:@(\w{1,64}))?(?:\s+(.*))?$/is.exec(text) ?? []
  return name === undefined
    ? null
    : { type: 'command', name: name.toLowerCase(), args: args.trim(), bot: bot ?? null }
}

function fileIn(message: Message): HeardFile | null {
  const named = message.document ?? message.audio ?? message.video ?? message.animation
  if (named) return fileOf(named.file_id, named.file_name ?? null, '', named.file_size)
  const photo = message.photo?.at(-1)
  if (photo) return fileOf(photo.file_id, null, '.jpg', photo.file_size)
  const { voice, video_note: note } = message
  if (voice) return fileOf(voice.file_id, null, '.ogg', voice.file_size)
  return note ? fileOf(note.file_id, null, '.mp4', note.file_size) : null
}

function fileOf(id: string, name: string | null, extension: string, bytes: number | undefined): HeardFile {
  return { id, name, extension, bytes: bytes ?? null }
}

function nameOf({ first_name, last_name }: { first_name: string; last_name?: string }): string {
  return [first_name, last_name].filter(Boolean).join(' ')
}
