import { InputFile } from 'grammy'
import { parseCursor, type Session } from '../../../core/index.ts'
import { renderScreen, type ScreenText } from '../text/index.ts'
import { createOutputReader } from '../topics/output-reader.ts'
import { harmlessName } from './file-name.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'

/** What people do with the session of a topic by a command or a button. */
export interface SessionActions {
  interrupt(): Promise<void>
  keys(keys: readonly string[]): Promise<void>
  /** Answers with the screen as it is now. */
  showScreen(): Promise<void>
  /** Sends what was printed as a file: of much the beginning and the end. */
  sendLog(): Promise<void>
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
    async sendLog() {
      const { id, title } = await call<Session>('session.get')
      const text = parts.mask(
        await logOf(parts, id, await call<{ cursor: string }>('session.watch', NOTHING)),
      )
      if (text.trim()) sendFile(parts, occasion, text, `${harmlessName(title) || 'log'}.txt`)
      else occasion.reply('Nothing was printed yet.')
    },
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

function sendFile(
  { post, ctx }: PeopleParts,
  { place, telling }: Occasion,
  text: string,
  name: string,
): void {
  const to = { chat_id: place.chat, ...(place.topic !== null && { message_thread_id: place.topic }) }
  const document = () => new InputFile(Buffer.from(text), name)
  const options = { priority: 'reply', signal: ctx.signal } as const
  telling(post.call(place, 'sendDocument', () => ({ ...to, document: document() }), options))
}
