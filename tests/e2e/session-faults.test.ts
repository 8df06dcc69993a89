import { describe, expect, test } from 'vitest'
import { TestDaemon } from '../support/daemon.ts'
import { until } from '../support/until.ts'

const daemon = TestDaemon.forFile({ plugins: [['terminal', { maxSessions: 8 }], 'registry'] })

/** A test may leave none behind: there is a limit. */
async function withSession(work: (id: string) => Promise<void>) {
  const id = await daemon.session()
  await work(id)
  await daemon.call('session.close', { session_id: id })
}

const refused = (code: string, ...words: string[]) => ({
  code,
  message: expect.stringMatching(new RegExp(words.join('.*'), 's')),
})

describe('starting', () => {
  test.each([
    [
      'a folder that does not exist',
      { cwd: '/no/such/folder' },
      refused('TC_ERR_CWD', '/no/such/folder', 'no such'),
    ],
    ['a file as its folder', { cwd: '/etc/passwd' }, refused('TC_ERR_CWD', '/etc/passwd', 'not a folder')],
    ['a relative folder', { cwd: 'here' }, refused('TC_ERR_CWD', 'here', 'absolute')],
    [
      'a program that is not there',
      { command: ['no-such-program'] },
      refused('TC_ERR_COMMAND_NOT_FOUND', 'no-such-program'),
    ],
    [
      'a path that is no program',
      { command: ['/etc/passwd'] },
      refused('TC_ERR_COMMAND_NOT_FOUND', '/etc/passwd'),
    ],
    ['an empty command', { command: [] }, refused('TC_ERR_INVALID_INPUT', 'command')],
    ['no columns', { cols: 0 }, refused('TC_ERR_INVALID_INPUT', 'cols')],
    ['absurdly many rows', { rows: 1e9 }, refused('TC_ERR_INVALID_INPUT', 'rows')],
    ['half a column', { cols: 80.5 }, refused('TC_ERR_INVALID_INPUT', 'cols')],
    ['a kind that no plugin brings', { kind: 'oracle' }, refused('TC_ERR_KIND_UNKNOWN', 'oracle')],
    ['a variable with a bad name', { env: { 'A=B': 'x' } }, refused('TC_ERR_INVALID_INPUT', 'env')],
    ['an unknown field', { colour: 'red' }, refused('TC_ERR_INVALID_INPUT', 'colour')],
    ['a title that is blank', { title: ' ' }, refused('TC_ERR_INVALID_INPUT', 'title')],
  ])('with %s is refused and leaves nothing behind', async (_what, input, error) => {
    const before = await daemon.status()
    await expect(daemon.session(input)).rejects.toMatchObject(error)
    expect((await daemon.status()).sessions).toEqual(before.sessions)
  })

  test('more than the limit is refused until one ends, also when they start at once', async () => {
    const starts = await Promise.allSettled(Array.from({ length: 12 }, () => daemon.session()))
    const started = starts.flatMap(start => (start.status === 'fulfilled' ? [start.value] : []))
    const reasons = starts.flatMap(start => (start.status === 'rejected' ? [start.reason] : []))
    expect(started).toHaveLength(8)
    for (const reason of reasons)
      expect(reason).toMatchObject(refused('TC_ERR_SESSION_LIMIT', '8', 'maxSessions'))
    const [first = '', ...others] = started
    await daemon.call('session.close', { session_id: first })
    others.push(await daemon.session())
    for (const session_id of others) await daemon.call('session.close', { session_id })
  })

  test('a shell that is not there is named, with what to do', async () => {
    const shellless = await TestDaemon.inTest({ config: { defaultShell: '/no/such/shell' } })
    await expect(shellless.session()).rejects.toMatchObject(
      refused('TC_ERR_COMMAND_NOT_FOUND', '/no/such/shell', 'Install'),
    )
    expect(await shellless.call('session.run', { command: ['echo', 'works'] })).toMatchObject({
      output: 'works\n',
    })
  })
})

describe('typing', () => {
  test('into a session that has ended says why it ended', () =>
    withSession(async id => {
      await daemon.send(id, 'exit 3')
      for (const [operation, input] of [
        ['session.send', { message: 'x' }],
        ['session.input', { text: 'x' }],
        ['session.keys', { keys: ['enter'] }],
        ['session.interrupt', {}],
        ['session.resize', { cols: 80, rows: 24 }],
      ] as const) {
        await expect(daemon.call(operation, { session_id: id, ...input }), operation).rejects.toMatchObject(
          refused('TC_ERR_SESSION_CLOSED', id, 'exited with code 3'),
        )
      }
    }))

  test.each(['nosuchsession', '../../etc', '', 'x'.repeat(64)])(
    'into a session that was never there (%j) is refused',
    async id => {
      const code = id === '' ? 'TC_ERR_INVALID_INPUT' : 'TC_ERR_SESSION_NOT_FOUND'
      await expect(daemon.send(id, 'x')).rejects.toMatchObject({ code })
      await expect(daemon.read(id)).rejects.toMatchObject({ code })
      await expect(daemon.call('session.close', { session_id: id })).rejects.toMatchObject({ code })
    },
  )

  test('a key that does not exist presses none of them, and the closest are named', () =>
    withSession(async id => {
      const keys = ['x', 'entre']
      await expect(daemon.call('session.keys', { session_id: id, keys })).rejects.toMatchObject(
        refused('TC_ERR_UNKNOWN_KEY', 'entre', 'enter'),
      )
      expect(await daemon.send(id, 'echo clean')).toMatchObject({ output: 'clean\n', exit_code: 0 })
    }))

  test('control characters in a message press no keys', () =>
    withSession(async id => {
      const sent = await daemon.send(id, 'echo a\x03b\x04\x1b[A\x15c')
      expect(sent).toMatchObject({ output: 'ab[Ac\n', exit_code: 0 })
    }))

  test('a whole megabyte that nobody reads is refused beyond what may wait, and the session stays usable', () =>
    withSession(async id => {
      await daemon.input(id, 'sleep 60')
      await until(async () => (await daemon.get(id)).state === 'busy', 'the command')
      const chunk = 'x'.repeat(600_000)
      await daemon.input(id, chunk, { raw: true })
      await expect(daemon.input(id, chunk, { raw: true })).rejects.toMatchObject({
        code: 'TC_ERR_INPUT_FULL',
      })
    }))

  test('a long command line arrives whole', () =>
    withSession(async id => {
      const text = 'y'.repeat(100_000)
      expect(await daemon.send(id, `x='${text}'; echo \${#x}`)).toMatchObject({
        output: '100000\n',
        exit_code: 0,
      })
    }))
})

describe('ending', () => {
  test('twice, and at the same time, changes nothing after the first', async () => {
    const id = await daemon.session()
    const [first, second] = await Promise.all(
      [1, 2].map(() => daemon.call('session.close', { session_id: id })),
    )
    expect(second).toEqual(first)
    expect(await daemon.call('session.close', { session_id: id })).toEqual(first)
    expect(await daemon.get(id)).toMatchObject({ state: 'closed' })
  })

  test('a program that ignores being hung up on is ended all the same', async () => {
    const id = await daemon.session()
    await daemon.input(id, `trap '' HUP TERM INT; echo deaf; while :; do sleep 1; done`)
    await until(async () => (await daemon.read(id)).output.includes('\ndeaf\n'), 'the program')
    await daemon.call('session.close', { session_id: id })
    expect(await daemon.get(id)).toMatchObject({ state: 'closed' })
  })
})

describe('reading', () => {
  test.each(['x', 'aaaaaaaa.1.2', '-1', 'aaaaaaaa.99999999999999999999'])(
    'from %j, which is no cursor, is refused',
    async since => {
      await withSession(async id => {
        await expect(daemon.read(id, { since })).rejects.toMatchObject({ code: 'TC_ERR_CURSOR_INVALID' })
      })
    },
  )

  test('beyond the end is refused, and from another journal is answered with a gap', () =>
    withSession(async id => {
      const { cursor } = await daemon.read(id)
      const [epoch] = cursor.split('.')
      await expect(daemon.read(id, { since: `${epoch}.999999` })).rejects.toMatchObject({
        code: 'TC_ERR_CURSOR_INVALID',
      })
      expect((await daemon.read(id, { since: 'aaaaaaaa.5' })).gaps).toMatchObject([{ reason: 'epoch' }])
    }))
})
