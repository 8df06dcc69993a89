import { describe, expect, test } from 'vitest'
import type { Entry, EntryDraft } from '../../../core/index.ts'
import { follow, INITIAL_ACTIVITY, isUnderWay } from '../../../plugins/telegram/topics/activity.ts'

const AT = 1_000_000
const entries = (...drafts: EntryDraft[]): Entry[] =>
  drafts.map((draft, index) => ({ ...draft, seq: index + 1, at: AT + index }))
const output = (text: string) => ({ kind: 'output', data: Buffer.from(text) }) as const
const typed = (text?: string) =>
  ({
    kind: 'input',
    author: 'cli user:ada',
    length: text?.length ?? 1,
    ...(text !== undefined && { text }),
  }) as const
const start = { kind: 'mark', mark: { type: 'start' } } as const
const prompt = { kind: 'mark', mark: { type: 'prompt', cwd: null } } as const
const turn = { kind: 'mark', mark: { type: 'turn' } } as const
const end = (exitCode: number) =>
  ({ kind: 'mark', mark: { type: 'end', exitCode, durationMs: 7, cwd: null } }) as const
const closed = { kind: 'state', state: 'closed', reason: 'exited with code 3', exitCode: 3 } as const

const all = (...drafts: EntryDraft[]) => follow(INITIAL_ACTIVITY, entries(...drafts))

describe('a command', () => {
  test('is a result from its start to its end, with what was typed and how it ended', () => {
    const { activity, finals } = all(
      prompt,
      typed('make'),
      output('$ make'),
      start,
      output('ok'),
      end(2),
      prompt,
    )
    expect(finals).toEqual([
      {
        ...{ type: 'command', from: 4, to: 6, missing: 0, exitCode: 2, durationMs: 7, isMarked: true },
        typed: { text: 'make', author: 'cli user:ada' },
      },
    ])
    expect(activity).toMatchObject({ phase: 'prompt', start: null, exitCode: 2, seq: 7, since: 7 })
  })

  test('of several lines has one result', () => {
    const { finals } = all(prompt, typed('a\nb'), start, output('1'), start, output('2'), end(0), prompt)
    expect(finals).toMatchObject([{ type: 'command', from: 3, to: 7 }])
  })

  test('that the shell could not parse is one without a start', () => {
    const { finals } = all(prompt, typed('if'), output('syntax error'), end(2), prompt)
    expect(finals).toMatchObject([{ type: 'command', from: 1, to: 4, exitCode: 2 }])
  })

  test('is none where only Enter was pressed', () => {
    expect(all(prompt, typed(''), end(0), prompt, typed(), end(0), prompt).finals).toEqual([])
  })

  test('keeps what it is called while something is typed into it', () => {
    const { activity } = all(prompt, typed('read x'), start, typed())
    expect(activity).toMatchObject({
      phase: 'running',
      typed: { text: 'read x' },
      start: { seq: 3, at: AT + 2 },
    })
  })

  test('of which some is lost says how much', () => {
    const { finals } = all(
      prompt,
      typed('cat'),
      start,
      { kind: 'gap', bytes: 512, reason: 'retention' },
      end(0),
    )
    expect(finals).toMatchObject([{ missing: 512 }])
  })
})

describe('other results', () => {
  test('a turn has all that came since the one before it', () => {
    const { finals } = all(output('thinking'), turn, output('more'), turn)
    expect(finals).toMatchObject([
      { type: 'turn', from: 0, to: 2 },
      { type: 'turn', from: 2, to: 4 },
    ])
  })

  test('after a turn nothing is under way, until something is typed', () => {
    expect(isUnderWay(all(output('thinking'), turn, output('> ')).activity)).toBe(false)
    expect(isUnderWay(all(output('thinking'), turn, output('> '), typed()).activity)).toBe(true)
  })

  test('a notice comes as it is, in its place', () => {
    const notice = { kind: 'notice', text: 'hi', format: 'text', author: 'mcp user:ada' } as const
    expect(all(prompt, notice, typed('ls'), start, end(0)).finals.map(({ type, to }) => [type, to])).toEqual([
      ['notice', 2],
      ['command', 5],
    ])
  })

  test('the end of a session has what no other result had', () => {
    const { activity, finals } = all(output('only line'), closed)
    expect(finals).toMatchObject([
      { type: 'ended', state: 'closed', exitCode: 3, from: 0, to: 2, typed: null },
    ])
    expect(activity.phase).toBe('ended')
    expect(all(prompt, typed('exit 3'), start, closed).finals).toMatchObject([
      { type: 'ended', from: 3, typed: { text: 'exit 3' } },
    ])
  })
})

test('what was taken before is taken once', () => {
  const every = entries(prompt, typed('a'), start, end(0), prompt, typed('b'), start, end(1), prompt)
  const { activity } = follow(INITIAL_ACTIVITY, every.slice(0, 6))
  const again = follow(activity, every)
  expect(again.finals).toMatchObject([{ type: 'command', typed: { text: 'b' }, exitCode: 1 }])
  expect(follow(again.activity, every)).toEqual({ activity: again.activity, finals: [] })
})

test('a session that is started again begins anew', () => {
  const { activity } = all(prompt, typed('x'), start, closed, { kind: 'state', state: 'starting' })
  expect(activity).toEqual({ ...INITIAL_ACTIVITY, seq: 5, since: 5 })
})
