import { describe, expect, test } from 'vitest'
import { formatCursor } from '../../../core/journal/cursor.ts'
import { end, PROMPT, START, scriptedCore } from '../../support/scripted-core.ts'
import { until } from '../../support/until.ts'

interface Read {
  output: string
  cursor: string
  complete: boolean
  truncated: boolean
  state: string
  gaps: { bytes: number; reason: string }[]
  encoding?: string
}

test('successive reads give every byte once, whatever the page', async () => {
  const core = scriptedCore()
  const session = await core.start()
  const lines = Array.from({ length: 300 }, (_, n) => `line ${n} 🎉\r\n`)
  await core.print(session, ...lines)
  let since = '0'
  let all = ''
  for (let truncated = true; truncated; ) {
    const page = await core.call<Read>('session.read', { session_id: session.id, since, max_bytes: 256 })
    expect(Buffer.byteLength(page.output)).toBeLessThanOrEqual(256)
    all += page.output
    since = page.cursor
    truncated = page.truncated
  }
  expect(all).toBe(lines.join('').replaceAll('\r\n', '\n'))
  expect(await core.call('session.read', { session_id: session.id, since })).toMatchObject({
    output: '',
    cursor: since,
  })
})

test('0 is accepted as a number too', async () => {
  const core = scriptedCore()
  const session = await core.start()
  await core.print(session, 'x')
  expect(await core.call('session.read', { session_id: session.id, since: 0 })).toMatchObject({ output: 'x' })
})

test('a line that is written over between two reads goes on with a carriage return', async () => {
  const core = scriptedCore()
  const session = await core.start()
  await core.print(session, '10%')
  const first = await core.call<Read>('session.read', { session_id: session.id })
  await core.print(session, '\r20%', '\r30%\r\ndone\r\n')
  const second = await core.call<Read>('session.read', { session_id: session.id, since: first.cursor })
  expect([first.output, second.output]).toEqual(['10%', '\r30%\ndone\n'])
})

describe('waiting', () => {
  test('a read with nothing to give returns as soon as there is something', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const since = core.journal.cursor(session.id)
    const reading = core.call<Read>('session.read', { session_id: session.id, since, wait_ms: 60_000 })
    await core.clock.advance(100)
    await core.print(session, 'now')
    expect(await reading).toMatchObject({ output: 'now' })
  })

  test('and empty-handed when the wait is over, with no timer left', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const since = core.journal.cursor(session.id)
    const timers = core.clock.timers
    const reading = core.call<Read>('session.read', { session_id: session.id, since, wait_ms: 1000 })
    await until(() => core.clock.timers > timers)
    await core.clock.advance(1000)
    expect(await reading).toMatchObject({ output: '', cursor: since })
    expect(core.clock.timers).toBe(timers)
  })
})

test('complete says whether something runs at that point', async () => {
  const core = scriptedCore()
  const session = await core.start()
  const read = () => core.call<Read>('session.read', { session_id: session.id })
  await core.print(session, '$ ', PROMPT)
  expect((await read()).complete).toBe(true)
  await core.print(session, START, 'working')
  expect(await read()).toMatchObject({ complete: false, state: 'busy' })
  await core.print(session, end(0), PROMPT)
  expect(await read()).toMatchObject({ complete: true, state: 'ready' })
  await core.print(session, START)
  await core.exit(session, 0)
  expect(await read()).toMatchObject({ complete: true, state: 'closed' })
})

test('raw is what the terminal printed, as base64 where it is not text', async () => {
  const core = scriptedCore()
  const session = await core.start()
  await core.print(session, '\x1b[31mred\x1b[0m\r\n')
  const raw = { session_id: session.id, format: 'raw' }
  expect(await core.call('session.read', raw)).toMatchObject({ output: '\x1b[31mred\x1b[0m\r\n' })
  await core.print(session, { kind: 'output', data: Buffer.from([0xff]) })
  const { output, encoding } = await core.call<Read>('session.read', raw)
  expect(encoding).toBe('base64')
  expect(Buffer.from(output, 'base64').at(-1)).toBe(0xff)
})

test('a cursor of another epoch is answered with a gap and then from the oldest', async () => {
  const core = scriptedCore()
  const session = await core.start()
  await core.print(session, 'kept')
  const foreign = formatCursor('aaaaaaaa' as never, 1)
  const page = await core.call<Read>('session.read', { session_id: session.id, since: foreign })
  expect(page.output).toBe('kept')
  expect(page.gaps).toHaveLength(1)
})

test.each([
  [{ session_id: 'nope' }, 'TC_ERR_SESSION_NOT_FOUND'],
  [{ session_id: 'x', since: 'rubbish' }, 'TC_ERR_CURSOR_INVALID'],
  [{ session_id: 'x', surprise: 1 }, 'TC_ERR_INVALID_INPUT'],
  [{ session_id: 'x', max_bytes: 1e12 }, 'TC_ERR_INVALID_INPUT'],
  [{ session_id: 'x', wait_ms: -1 }, 'TC_ERR_INVALID_INPUT'],
  [{}, 'TC_ERR_INVALID_INPUT'],
])('%o is refused with %s', async (input, code) => {
  const core = scriptedCore()
  const session = await core.start()
  const sent =
    'session_id' in input && input.session_id === 'x' ? { ...input, session_id: session.id } : input
  await expect(core.call('session.read', sent)).rejects.toMatchObject({ code })
})

test('a watch follows until the session has ended, with the end as its last entry', async () => {
  const core = scriptedCore()
  const session = await core.start()
  const kinds: string[] = []
  const watch = core.call(
    'session.watch',
    { session_id: session.id },
    {
      onItem: item =>
        void kinds.push(...(item as { entries: { kind: string }[] }).entries.map(entry => entry.kind)),
    },
  )
  await core.print(session, 'a')
  await core.exit(session, 3)
  expect(await watch).toMatchObject({ state: 'closed', running: false, at_end: true })
  expect(kinds).toEqual(['state', 'output', 'state'])
})

test('a watch can begin with the newest output', async () => {
  const core = scriptedCore()
  const session = await core.start()
  await core.print(session, 'one\r\n', 'two\r\n', 'three\r\n')
  const watched = async (last_bytes: number) => {
    const seen: string[] = []
    const onItem = (item: unknown) => {
      const { entries } = item as { entries: { kind: string; data?: string }[] }
      seen.push(...entries.flatMap(entry => (entry.kind === 'output' ? [entry.data ?? ''] : [])))
    }
    await core.call('session.watch', { session_id: session.id, last_bytes, follow: false }, { onItem })
    return seen
  }
  expect(await watched(13)).toEqual(['two\r\n', 'three\r\n'])
  expect(await watched(0)).toEqual([])
  expect(await watched(1000)).toEqual(['one\r\n', 'two\r\n', 'three\r\n'])
})

test('a line that came in many pieces is known to be unfinished where the next read begins', async () => {
  const core = scriptedCore()
  const session = await core.start()
  await core.print(session, 'before\r\n', ...Array.from('downloading'))
  const first = await core.call<Read>('session.read', { session_id: session.id })
  await core.print(session, '\rdone\r\n')
  const second = await core.call<Read>('session.read', { session_id: session.id, since: first.cursor })
  expect([first.output, second.output]).toEqual(['before\ndownloading', '\rdoneloading\n'])
})

test("an 'until' of a journal that is no more is refused", async () => {
  const core = scriptedCore()
  const session = await core.start()
  const until = formatCursor('aaaaaaaa' as never, 1)
  await expect(core.call('session.read', { session_id: session.id, until })).rejects.toMatchObject({
    code: 'TC_ERR_CURSOR_INVALID',
  })
})
