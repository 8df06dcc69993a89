import { expect } from 'vitest'
import type { Session } from '../../../core/sessions/session.ts'
import { TELEGRAM_LIMITS } from '../../support/telegram/index.ts'
import { timedTelegram } from '../../support/timed-telegram.ts'

/** Telegram's minute, which is counted in whole seconds, and the calls themselves. */
const WITHIN_MS = 70_000

/** Each of so many results of three sessions comes in time, whatever live output has used of the minute. */
export async function tellResultsInQuietGroup(results: number): Promise<void> {
  const { room, host, pass, passUntil, append } = await timedTelegram({
    limits: TELEGRAM_LIMITS,
    settings: { messagesPerMinute: 20, liveEditsPerMinute: 12 },
  })
  const start = (session: Session) => append(session, [{ kind: 'mark', mark: { type: 'start' } }])
  const end = (session: Session, exitCode: number) =>
    append(session, [
      { kind: 'mark', mark: { type: 'end', exitCode, durationMs: null, cwd: null } },
      { kind: 'mark', mark: { type: 'prompt', cwd: null } },
    ])
  const arrived = (exitCode: number) =>
    room.forum.messages.filter(
      ({ text, sightings }) => sightings[0]?.notified && text.includes(`exit ${exitCode}\n`),
    )
  const sessions = await Promise.all(['one', 'two', 'three'].map(title => host.startSession({ title })))
  for (const session of sessions) await start(session)
  for (let exitCode = 1; exitCode <= results; exitCode++) {
    // Ever longer, so that the end comes at different moments of Telegram's minute and of the share's.
    for (let line = 0; line < 60 + 17 * exitCode; line++) {
      for (const session of sessions) await host.print(session, `line ${line}\r\n`)
      await pass(500)
    }
    for (const session of sessions) await end(session, exitCode)
    const areThere = () => arrived(exitCode).length === sessions.length
    await passUntil(areThere, `all results ${exitCode}`, WITHIN_MS)
    for (const session of sessions) await start(session)
  }
  expect(room.telegram.counts.of('editMessageText')).toBeGreaterThan(7 * results)
  expect(room.telegram.counts.answered(429)).toBeLessThanOrEqual(1)
}
