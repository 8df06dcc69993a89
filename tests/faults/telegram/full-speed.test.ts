import { test } from 'vitest'
import { printAtFullSpeed } from './print-at-full-speed.ts'

/** More than have a card, a result or a live message within one minute. */
const SESSIONS = 25

test(`${SESSIONS} sessions that print at full speed into one group, at 20 messages a minute`, () =>
  printAtFullSpeed(SESSIONS, 8 * 60_000))
