import type { Payload } from '../api/bot-api.ts'
import { isFault } from '../api/fault.ts'
import { commands } from './commands/index.ts'
import type { PeopleParts } from './people-parts.ts'

type Scope = NonNullable<Payload<'setMyCommands'>['scope']>

/** Tells Telegram the commands, for the menus that it shows. */
export async function registerCommands(parts: PeopleParts): Promise<void> {
  const group: Scope = { type: 'chat', chat_id: parts.group.id }
  // Every bot has private chats of its own, where no topics of sessions are.
  const outside = commands.filter(({ isInSession }) => !isInSession)
  await Promise.all([
    tell(parts, group, parts.options.master ? commands : []),
    tell(parts, { type: 'all_private_chats' }, outside),
  ])
}

async function tell(
  { api, outgoing, ctx }: PeopleParts,
  scope: Scope,
  shown: typeof commands,
): Promise<void> {
  const menu = shown.map(({ name, summary }) => ({ command: name, description: summary }))
  try {
    await outgoing.submitFree(
      signal =>
        menu.length > 0
          ? api.call('setMyCommands', { commands: menu, scope }, { signal })
          : api.call('deleteMyCommands', { scope }, { signal }),
      ctx.signal,
    )
  } catch (error) {
    if (!isFault(error)) throw error
    ctx.log.debug({ err: error }, 'the commands could not be registered')
  }
}
