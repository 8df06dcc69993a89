import { expect, test } from 'vitest'
import { authorText } from '../../../plugins/telegram/topics/author.ts'

const names = { get: (id: number) => (id === 7 ? 'Ada\u202e' : undefined) }

test.each([
  ['telegram telegram:7', 'Ada'],
  ['telegram telegram:8', 'user 8'],
  ['cli user:bob', 'bob via cli'],
  ['mcp session:k3f', 'session k3f via mcp'],
  ['mcp peer:macbook/user:bob', 'bob on macbook via mcp'],
  ['telegram peer:macbook/telegram:7', 'Ada on macbook'],
  ['mcp peer:macbook', 'macbook via mcp'],
  ['Grace', 'Grace'],
])('%s is %s', (author, text) => {
  expect(authorText(author, names)).toBe(text)
})
