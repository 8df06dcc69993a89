import type { CallbackQuery, User } from '@grammyjs/types'
import type { ChatMessage } from './chat-message.ts'
import { toMessage } from './message-shape.ts'
import type { QueryAnswer, World } from './world.ts'

export type PressedButton = string | { readonly data: string }

/** Tells the bot of a message that one of its buttons was pressed. */
export function press(
  world: World,
  by: User,
  message: ChatMessage,
  button: PressedButton,
): Promise<QueryAnswer | null> {
  const bot = world.bots.get(message.from.id)
  if (!bot) throw new Error('only messages of bots have buttons')
  const query: CallbackQuery = {
    id: `${4_000_000_000_000_000_000n + BigInt(world.nextNumber())}`,
    from: by,
    message: message.isDeleted
      ? { chat: message.chat.shape, message_id: message.id, date: 0 }
      : toMessage(message, bot, world.files),
    chat_instance: `${message.chat.id}`,
    data: typeof button === 'object' ? button.data : dataOf(message, button),
  }
  const { clock, queryTimeoutMs } = world.settings
  return new Promise(resolve => {
    const end = (answer: QueryAnswer | null) => {
      timer.cancel()
      world.queries.delete(query.id)
      resolve(answer)
    }
    const timer = clock.setTimeout(() => end(null), queryTimeoutMs, { ref: false })
    world.queries.set(query.id, { bot, query, answer: end })
    bot.updates.push('callback_query', query)
  })
}

function dataOf(message: ChatMessage, button: string): string {
  const buttons = (message.keyboard?.inline_keyboard ?? []).flat()
  const found = buttons.find(
    candidate =>
      candidate.text === button || ('callback_data' in candidate && candidate.callback_data === button),
  )
  if (found && 'callback_data' in found) return found.callback_data
  throw new Error(`there is no button "${button}", only ${buttons.map(({ text }) => `"${text}"`).join(', ')}`)
}
