import { expect, test } from 'vitest'
import { createMeshTail, type TailItem, type TailNote, type TailOptions } from '../../../core/mesh/tail.ts'
import { meshTail } from '../../../core/mesh/tail-operation.ts'
import type { Principal } from '../../../core/principal.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { until } from '../../support/until.ts'

const SECRET = 'a-secret-of-the-configuration'

const request = (facts: Partial<TailNote> = {}): TailNote => ({
  ...{ direction: 'out', kind: 'request', from: 'alpha', to: 'beta', id: 'one', bytes: 100, outcome: null },
  body: { operation: 'session.list', input: {} },
  ...facts,
})

const answer = (facts: Partial<TailNote> = {}) =>
  request({
    direction: 'in',
    kind: 'response',
    from: 'beta',
    to: 'alpha',
    outcome: 'success',
    body: {},
    ...facts,
  })

/** A tail with one reader, who takes everything unless he is `slow`: then nothing until he is let go on. */
function watched(options: Partial<TailOptions> = {}, slow = false) {
  const tail = createMeshTail({ clock: new FakeClock(), secrets: new Set([SECRET]) })
  const items: TailItem[] = []
  const gate = Promise.withResolvers<void>()
  if (!slow) gate.resolve()
  const gone = new AbortController()
  const emit = async (item: TailItem) => {
    items.push(item)
    await gate.promise
  }
  const followed = tail.follow({ payload: false, signal: gone.signal, emit, ...options })
  const lines = () => items.flatMap(item => item.lines)
  return { tail, lines, lost: () => items.reduce((sum, { lost }) => sum + lost, 0), gate, gone, followed }
}

test('nothing is made of what passes while nobody looks', async () => {
  const { tail, gone, followed } = watched()
  expect(tail.isWatched).toBe(true)
  gone.abort()
  await followed
  expect(tail.isWatched).toBe(false)
  const untouched = request()
  Object.defineProperty(untouched, 'body', { get: () => expect.unreachable('somebody looked') })
  tail.note(untouched)
})

test('an answer has the operation of its request, and payloads are shown only where they are asked for', async () => {
  const { tail, lines } = watched()
  tail.note(request())
  tail.note(answer())
  tail.note(answer({ id: 'another' }))
  await until(() => lines().length === 3)
  expect(lines().map(({ operation }) => operation)).toEqual(['session.list', 'session.list', null])
  expect(lines()[0]).not.toHaveProperty('payload')
})

test('bytes are shown in base64, and what is shown is not what goes', async () => {
  const { tail, lines } = watched({ payload: true })
  const input = { data: Buffer.from([0, 255, 10]) }
  tail.note(request({ body: { operation: 'files.write', input } }))
  tail.note(answer({ body: { status: 'success', result: { data: Buffer.alloc(100_000) } } }))
  await until(() => lines().length === 2)
  expect(lines()[0]).toMatchObject({ operation: 'files.write', payload: { input: { data: 'AP8K' } } })
  expect(lines()[1]?.payload).toEqual({ not_shown_bytes: expect.any(Number) })
  expect(input).toEqual({ data: Buffer.from([0, 255, 10]) })
})

test('secrets are blacked out in payloads, those of the configuration and what is named like one', async () => {
  const { tail, lines } = watched({ payload: true })
  const input = { text: `use ${SECRET}`, env: { API_TOKEN: 'abc' }, url: 'redis://u:pw@host' }
  tail.note(request({ body: { operation: 'session.start', input } }))
  tail.note(request({ body: { large: 'x'.repeat(100_000) } }))
  await until(() => lines().length === 2)
  expect(JSON.stringify(lines()[0])).not.toMatch(/a-secret-of|abc|pw@/)
  expect(lines()[0]?.payload).toMatchObject({ operation: 'session.start', input: { text: 'use [redacted]' } })
  expect(lines()[1]?.payload).toEqual({ not_shown_bytes: 100_012 })
})

test('a reader gets only the computer and the kinds that were asked for', async () => {
  const { tail, lines } = watched({ computer: 'beta', kinds: ['response'] })
  tail.note(request())
  tail.note(answer({ from: 'gamma' }))
  tail.note(answer())
  await until(() => lines().length > 0)
  expect(lines()).toMatchObject([{ kind: 'response', from: 'beta' }])
})

test('a slow reader loses what comes too fast, is told how much, and holds up nobody', async () => {
  const { tail, lines, lost, gate } = watched({}, true)
  for (let at = 0; at < 5000; at++) tail.note(request())
  gate.resolve()
  await until(() => lines().length + lost() === 5000)
  expect(lines().length).toBeLessThan(1100)
  tail.note(answer())
  await until(() => lines().at(-1)?.kind === 'response')
})

test('payloads that wait for a slow reader take bounded room', async () => {
  const { tail, lines, lost, gate } = watched({ payload: true }, true)
  for (let at = 0; at < 500; at++) tail.note(request({ body: { text: 'x'.repeat(60_000) } }))
  gate.resolve()
  await until(() => lines().length + lost() === 500)
  expect(lines().length).toBeLessThan(100)
})

test.each<Principal>([
  { kind: 'session', sessionId: 'abc', scopes: '*' },
  { kind: 'telegram', userId: 7, scopes: '*' },
  { kind: 'peer', computer: 'beta', scopes: '*' },
  { kind: 'token', name: 'ci', scopes: '*' },
  { kind: 'plugin', name: 'mcp', scopes: '*' },
])('what passes is not shown to a $kind, whatever it may do', async principal => {
  // What `run` looks at before anything else.
  const call = { principal } as Parameters<typeof meshTail.run>[1]
  await expect(meshTail.run({ payload: false }, call)).rejects.toMatchObject({ code: 'TC_ERR_FORBIDDEN' })
  expect(meshTail).toMatchObject({ at: 'here', mcp: false, cli: false, scope: 'daemon:admin' })
})
