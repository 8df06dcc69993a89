import { describe, expect, test } from 'vitest'
import type { ResultMessage } from '../../../plugins/telegram/topics/results.ts'
import { alreadySent, inParts, sentResults } from '../../../plugins/telegram/topics/sent-results.ts'

const messages = (...texts: string[]): ResultMessage[] => texts.map(html => ({ type: 'text', html }))

describe('of results that were begun', () => {
  test('those that were sent are not sent again', () => {
    const before = sentResults(messages('a', 'b', 'c'), 7, 2)
    expect(before).toMatchObject({ until: 7, sent: 2 })
    expect(alreadySent(messages('a', 'b', 'c'), before)).toBe(2)
  })

  test('all are sent where none was', () => {
    expect(alreadySent(messages('a'), null)).toBe(0)
    expect(alreadySent(messages('a'), sentResults(messages('a'), 7, 0))).toBe(0)
  })

  test('all are sent again where they are laid out anew', () => {
    const before = sentResults(messages('a', 'b', 'c'), 7, 2)
    expect(alreadySent(messages('ab', 'c'), before)).toBe(0)
    expect(alreadySent(messages('a'), before)).toBe(0)
    const file: ResultMessage = { type: 'text-file', name: 'output.txt', text: 'a b c', caption: 'a' }
    expect(alreadySent([file], before)).toBe(0)
  })

  test('only what follows is sent where no more than that is another', () => {
    const before = sentResults(messages('a', 'b'), 7, 1)
    expect(alreadySent(messages('a', 'b and more', 'c'), before)).toBe(1)
  })
})

test('what has come since something was begun is a part of its own', () => {
  const entries = [{ seq: 4 }, { seq: 5 }, { seq: 6 }]
  expect(inParts(entries, 5)).toEqual([[{ seq: 4 }, { seq: 5 }], [{ seq: 6 }]])
  expect(inParts(entries, 6)).toEqual([entries])
  expect(inParts(entries, 2)).toEqual([entries])
  expect(inParts(entries, undefined)).toEqual([entries])
})
