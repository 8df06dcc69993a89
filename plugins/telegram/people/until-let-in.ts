import { sleep } from '../../../core/index.ts'
import { isFault } from '../api/fault.ts'
import type { TelegramParts } from '../parts.ts'

/** Somebody has to put it right in Telegram or in the configuration. */
const ASK_AGAIN_MS = 60_000

/**
 * Makes a call that counts against no chat's budget, and again every minute while Telegram keeps the bot out.
 *
 * @throws TelegramFault for any other reason, and what it last was when the plugin closes
 */
export async function untilLetIn<T>(
  { ctx, outgoing, group }: Pick<TelegramParts, 'ctx' | 'outgoing' | 'group'>,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await outgoing.submitFree('setup', call, ctx.signal)
    } catch (error) {
      const hasMoved = isFault(error, 'migrated') && error.migratedTo !== undefined
      if (hasMoved && error.migratedTo) group.moved(error.migratedTo)
      else if (!isFault(error, 'unauthorized', 'kicked', 'no-rights', 'chat-gone')) throw error
      else await sleep(ctx.clock, ASK_AGAIN_MS, ctx.signal)
      if (ctx.signal.aborted) throw error
    }
  }
}
