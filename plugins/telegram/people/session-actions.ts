import { InputFile } from 'grammy'
import { type Caller, parseCursor } from '../../../core/index.ts'
import type { Place } from '../post.ts'
import { cleanForChat, renderScreen, type ScreenText } from '../text/index.ts'
import { createOutputReader } from '../topics/output-reader.ts'
import type { PeopleParts } from './people-parts.ts'

/** What people do with a session by a command or a button. */
export interface SessionActions {
  interrupt(): Promise<void>
  keys(keys: readonly string[]): Promise<void>
  /** The screen as it is now, as a message. */
  screen(): Promise<string>
  /** Sends everything that is kept of what was printed as a file. */
  sendLog(): Promise<void>
  close(): Promise<void>
  rename(title: string): Promise<void>
}

export function actionsOn(
  parts: PeopleParts,
  session_id: string,
  place: Place,
  caller: Caller,
): SessionActions {
  const { operations } = parts.ctx
  const call = <T>(operation: string, input: object = {}) =>
    operations.call<T>(operation, { session_id, ...input }, caller)
  return {
    interrupt: () => call('session.interrupt'),
    keys: keys => call('session.keys', { keys }),
    async screen() {
      const { screen } = await call<{ screen: ScreenText }>('session.screen')
      return renderScreen({ ...screen, lines: screen.lines.map(line => parts.mask(cleanForChat(line))) })
    },
    async sendLog() {
      const text = parts.mask(
        await logOf(parts, session_id, await call<{ cursor: string }>('session.watch', NOTHING)),
      )
      const file = () => new InputFile(Buffer.from(text || '(nothing was printed)\n'), `${session_id}.txt`)
      const to = { chat_id: place.chat, ...(place.topic !== null && { message_thread_id: place.topic }) }
      await parts.post.call(place, 'sendDocument', () => ({ ...to, document: file() }), { priority: 'reply' })
    },
    close: () => call('session.close'),
    rename: title => call('session.rename', { title }),
  }
}

/** Asks where the session is now, without reading anything. */
const NOTHING = { last_bytes: 0, follow: false }

async function logOf({ ctx }: PeopleParts, session: string, { cursor }: { cursor: string }): Promise<string> {
  const { epoch, seq } = parseCursor(cursor)
  if (epoch === null) return ''
  const { text } = await createOutputReader(ctx.operations)(session, epoch, { from: 0, to: seq, missing: 0 })
  return text
}
