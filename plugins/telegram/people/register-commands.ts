import { isFault } from '../api/fault.ts'
import { commands } from './commands/index.ts'
import type { PeopleParts } from './people-parts.ts'

/** Tells Telegram the commands, for the menu that it shows. */
export async function registerCommands({ api, outgoing, ctx, group, options }: PeopleParts): Promise<void> {
  const menu = commands.map(({ name, summary }) => ({ command: name, description: summary }))
  const scopes = [{ type: 'chat', chat_id: group.id } as const, { type: 'all_private_chats' } as const]
  for (const scope of scopes) {
    // Bots of other computers answer in their own topics and in private, and need no menu in the group.
    const isShown = scope.type !== 'chat' || options.master
    try {
      await outgoing.submitFree(
        signal => api.call('setMyCommands', { commands: isShown ? menu : [], scope }, { signal }),
        ctx.signal,
      )
    } catch (error) {
      if (!isFault(error)) throw error
      ctx.log.debug({ err: error }, 'the commands could not be registered')
    }
  }
}
