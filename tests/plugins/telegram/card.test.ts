import { expect, test } from 'vitest'
import type { Session } from '../../../core/index.ts'
import { createMask, plainOf } from '../../../plugins/telegram/text/index.ts'
import { cardText } from '../../../plugins/telegram/topics/card.ts'

/** The card asks only for these. */
const session = {
  ...{ id: 'abc123', title: 'a title', description: null, kind: 'shell', state: 'ready' },
  ...{ computer: 'alpha', origin: 'alpha', originAdapter: 'cli', terminal: { cwd: '/home/ada' } },
} as unknown as Session

test('of a long command the card shows the beginning, which ends in no character', () => {
  const family = '👨‍👩‍👧‍👦'
  const card = cardText({ ...session, command: `${'x'.repeat(295)}${family}` }, createMask(true))
  expect(plainOf(card)).toContain(`\n${'x'.repeat(295)}…\n`)
})
