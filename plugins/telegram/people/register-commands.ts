import type { Payload } from '../api/bot-api.ts'
import { commands } from './commands/index.ts'
import type { PeopleParts } from './people-parts.ts'
import { untilLetIn } from './until-let-in.ts'

type Scope = NonNullable<Payload<'setMyCommands'>['scope']>

/** Tells Telegram the commands, for the menus that it shows. @throws TelegramFault */
export async function registerCommands(parts: PeopleParts): Promise<void> {
  const { group, options } = parts
  // Every bot has private chats of its own, where no topics of sessions are.
  const outside = commands.filter(({ isInSession }) => !isInSession)
  await Promise.all([
    tell(parts, () => ({ type: 'chat', chat_id: group.id }), options.master ? commands : []),
    tell(parts, () => ({ type: 'all_private_chats' }), outside),
  ])
}

async function tell(parts: PeopleParts, scope: () => Scope, shown: typeof commands): Promise<void> {
  const { api } = parts
  const menu = shown.map(({ name, summary }) => ({ command: name, description: summary }))
  await untilLetIn(parts, signal =>
    menu.length > 0
      ? api.call('setMyCommands', { commands: menu, scope: scope() }, { signal })
      : api.call('deleteMyCommands', { scope: scope() }, { signal }),
  )
}
