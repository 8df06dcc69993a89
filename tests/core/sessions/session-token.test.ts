import { expect, it } from 'vitest'
import type { SessionId } from '../../../core/ids.ts'
import { createSessionTokens } from '../../../core/sessions/session-token.ts'

const id = 'aaaabbbbcccc' as SessionId
const tokens = createSessionTokens(Buffer.alloc(32, 1))

it('proves its session, again and again', () => {
  expect(tokens.verifySessionToken(tokens.sessionToken(id))).toBe(id)
  expect(tokens.sessionToken(id)).toBe(tokens.sessionToken(id))
})

it.each([
  ['another computer made it', createSessionTokens(Buffer.alloc(32, 2)).sessionToken(id)],
  ['it is for another session', `ddddeeeeffff${tokens.sessionToken(id).slice(12)}`],
  ['it is the id alone', id],
  ['its signature is empty', `${id}.`],
  ['a character of it is wrong', `${tokens.sessionToken(id).slice(0, -1)}~`],
  ['something was added', `${tokens.sessionToken(id)}A`],
  ['it is empty', ''],
  ['it is only a dot', '.'],
  ['it is not ASCII', `${id}.${'é'.repeat(43)}`],
])('proves nothing when %s', (_, token) => {
  expect(tokens.verifySessionToken(token)).toBeNull()
})
