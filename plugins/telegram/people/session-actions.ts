import { renderScreen, type ScreenText } from '../text/index.ts'
import { LOG_UNDER_WAY } from './logs.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { tellProblem } from './tell-problem.ts'

/** What people do with the session of a topic by a command or a button. */
export interface SessionActions {
  interrupt(): Promise<void>
  keys(keys: readonly string[]): Promise<void>
  /** Answers with the screen as it is now. */
  showScreen(): Promise<void>
  /** Sends all that was printed as a file. What people say next does not wait for it. */
  sendLog(): void
  rename(title: string): Promise<void>
}

/** @param occasion in the topic of a session */
export function actionsOn(parts: PeopleParts, occasion: Occasion): SessionActions {
  const { record, caller } = occasion
  const call = <T>(operation: string, input: object = {}) =>
    parts.ctx.operations.call<T>(operation, { session_id: record?.session, ...input }, caller)
  return {
    interrupt: () => call('session.interrupt'),
    keys: keys => call('session.keys', { keys }),
    async showScreen() {
      const { screen } = await call<{ screen: ScreenText }>('session.screen')
      occasion.reply(renderScreen(screen, parts.mask))
    },
    sendLog() {
      if (!record || parts.logs.isUnderWay(record.session)) return occasion.reply(LOG_UNDER_WAY)
      const sending = parts.logs.send({ session: record.session, place: occasion.place, caller })
      const told = sending.then(
        isSent => isSent || occasion.reply('Nothing was printed yet.'),
        error => tellProblem(parts, occasion, error),
      )
      occasion.telling(told)
    },
    rename: title => call('session.rename', { title }),
  }
}
