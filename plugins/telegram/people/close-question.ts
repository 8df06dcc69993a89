import { personBinding } from './controls.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'

/** Asks whoever wants to end a session whether they mean it; only they can say yes. */
export async function askToClose(
  { buttons }: PeopleParts,
  { heard, record, reply }: Occasion,
): Promise<void> {
  if (!record) return
  const binding = personBinding(heard.person.id, record.session)
  const keyboard = {
    inline_keyboard: [
      [buttons.make('✖ End it', 'close:yes', binding), buttons.make('Leave it running', 'close:no', binding)],
    ],
  }
  await reply('End this session and what runs in it?', { keyboard })
}
