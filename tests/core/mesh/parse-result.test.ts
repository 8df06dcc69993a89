import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseResult } from '../../../core/mesh/parse-result.ts'
import { sessionGet, sessionList } from '../../../core/operations/session-facts.ts'
import { sampleSession } from '../../support/sample-session.ts'

const asWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('what the operation returns comes back as it is', () => {
  const answer = { sessions: [sampleSession(), sampleSession({ title: 'other' })] }
  expect(parseResult(sessionList, asWire(answer), 'beta')).toEqual(answer)
})

test('fields that this version does not know are dropped, wherever they are', () => {
  const session = sampleSession()
  const newer = { ...session, mood: 'good', terminal: { ...session.terminal, font: 'mono' } }
  const answer = { sessions: [session, newer], total: 2 }
  expect(parseResult(sessionList, asWire(answer), 'beta')).toEqual({ sessions: [session, session] })
})

test('they are dropped from the alternative that fits', () => {
  const output = z.strictObject({
    end: z.union([z.strictObject({ code: z.int() }), z.strictObject({ signal: z.string() })]),
  })
  const answer = { end: { signal: 'SIGHUP', core_dumped: true } }
  expect(parseResult({ name: 'x.y', output }, answer, 'beta')).toEqual({ end: { signal: 'SIGHUP' } })
})

test.each([
  ['a field missing', { ...sampleSession(), title: undefined }, /^'beta' answered session\.get .*\(title: /],
  ['a state of the future', { ...sampleSession(), state: 'dreaming' }, /state: /],
  ['nothing', null, /session\.get/],
])('an answer with %s is refused, naming the computer and the problem', (_what, answer, message) => {
  expect(() => parseResult(sessionGet, answer, 'beta')).toThrow(
    expect.objectContaining({ code: 'TC_ERR_PROTOCOL', message: expect.stringMatching(message) }),
  )
})

test('what is refused is described in a few words, however long it is', () => {
  const output = z.record(z.string(), z.int())
  const parse = () => parseResult({ name: 'x.y', output }, { ['k'.repeat(100_000)]: 'no' }, 'beta')
  expect(parse).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{1,500}$/) }))
})

test('bytes in the place of an object are refused as anything else is', () => {
  const operation = {
    name: 'x',
    output: z.strictObject({ size: z.strictObject({ cols: z.int().optional() }) }),
  }
  expect(() => parseResult(operation, { size: Buffer.from('abc') }, 'beta')).toThrow(
    expect.objectContaining({ code: 'TC_ERR_PROTOCOL' }),
  )
})

test('a list longer than any of ours is refused before each of its elements is looked at', () => {
  const sessions = Array.from({ length: 10_001 }, () => ({}))
  expect(() => parseResult(sessionList, { sessions }, 'beta')).toThrow(/more than 10000 elements/)
})
