import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import type { SessionId } from '../../../core/ids.ts'
import { createRemoteSessions } from '../../../core/mesh/remote-sessions.ts'
import type { Session } from '../../../core/sessions/session.ts'
import { openStore } from '../../../core/store/store.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { sampleSession } from '../../support/sample-session.ts'
import { tempDir } from '../../support/temp-dir.ts'

export type Ask = (computer: string, operation: string, input: unknown) => Promise<unknown>

export const ID = sampleSession().id
export const nobody: Ask = async () => {
  throw notFound()
}
/** When the clocks of these tests begin. */
export const NOW = new FakeClock().now()
export const protocolError = expect.objectContaining({ code: 'TC_ERR_PROTOCOL' })

export function notFound() {
  return new TeleclaudeError('TC_ERR_SESSION_NOT_FOUND', 'no such session')
}

/** A session on beta that was started from alpha. */
export function theirs(change: Partial<Session> = {}): Session {
  return sampleSession({
    computer: 'beta',
    origin: 'alpha',
    createdAt: NOW,
    updatedAt: 1000,
    lastActivityAt: 1000,
    ...change,
  })
}

export const ended = { state: 'closed', closeReason: 'exited', exitCode: 0, closedAt: 2000 } as const
export const idOf = (number: number) =>
  `a${number
    .toString(32)
    .padStart(11, '2')
    .replace(/[018-9w-z]/g, 'q')}` as SessionId

export function openStoreIn(dir: string, clock = new FakeClock()) {
  const store = openStore({ file: join(dir, 'test.db'), clock, log: capturedLog().log })
  onTestFinished(() => store.close())
  return store
}

/** From there some sessions were started on beta and gamma that have not been told of, unless nothing was. */
export function open({
  ask = nobody,
  online = ['beta', 'gamma'],
  dir = tempDir(),
  started = ['beta', 'beta', 'beta', 'gamma'],
}: {
  ask?: Ask
  online?: readonly string[]
  dir?: string
  started?: readonly string[]
} = {}) {
  const clock = new FakeClock()
  const { log } = capturedLog()
  const store = openStoreIn(dir, clock)
  const asked: string[] = []
  const hooks: unknown[] = []
  const heard: unknown[] = []
  const remote = createRemoteSessions({
    ...{ self: 'alpha', store, clock, log },
    online: () => online,
    ask(computer, operation, input) {
      asked.push(`${computer} ${operation}`)
      return ask(computer, operation, input)
    },
    hookPoints: {
      sessionUpdate: async ({ computer, title }, change) => void hooks.push([computer, title, change]),
      sessionClose: async ({ computer, title }) => void hooks.push([computer, title, 'closed']),
      output: (entries, { computer, title }) => void hooks.push([computer, title, entries]),
    },
  })
  for (const computer of started) remote.expected(computer)
  remote.onChange(({ title }, change) => heard.push([title, change]))
  return { remote, store, clock, dir, asked, hooks, heard }
}
