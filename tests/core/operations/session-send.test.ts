import { describe, expect, test } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import type { Collected, TextItem } from '../../../core/operations/collect/collect-output.ts'
import type { InvokeOptions, OperationCall } from '../../../core/operations/operation.ts'
import { sessionSend } from '../../../core/operations/session-send.ts'
import { end, PROMPT, type ScriptedCore, START, scriptedCore, user } from '../../support/scripted-core.ts'
import { until } from '../../support/until.ts'

/** Sends, and waits until it was typed. */
async function send(core: ScriptedCore, session: { id: string }, message: string, options: object = {}) {
  const before = core.typed.length
  const items: string[] = []
  const sent = core.call<Collected>(
    'session.send',
    { session_id: session.id, message, ...options },
    { onItem: item => void items.push((item as { text: string }).text) },
  )
  sent.catch(() => undefined)
  await until(() => core.typed.length > before)
  // Not awaited by returning it bare: the caller prints first.
  return { sent, items }
}

describe('at a marked prompt', () => {
  test('the output is what lies between the start and the end mark, and nothing else', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const { sent, items } = await send(core, session, 'echo hi')
    await core.print(session, 'echo hi\r\n', START, 'hi\r\n', end(0, 12), '$ ', PROMPT)
    const result = await sent
    expect(result).toMatchObject({
      output: 'hi\n',
      complete: true,
      completed_by: 'mark',
      exit_code: 0,
      duration_ms: 12,
    })
    expect(result).toMatchObject({ truncated: false, dropped: null })
    expect(items.join('')).toBe('hi\n')
  })

  test('however long the command is silent, only the end mark completes it', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const { sent } = await send(core, session, 'sleep 20', { quiet_ms: 100 })
    await core.print(session, 'sleep 20\r\n', START)
    await core.clock.advance(20_000)
    await core.print(session, end(130))
    expect(await sent).toMatchObject({ completed_by: 'mark', exit_code: 130, output: '' })
  })

  test('an end without a start, as after a syntax error, has for its output what was printed less the echo', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const { sent } = await send(core, session, ')')
    await core.print(session, ')\r\n', "bash: syntax error near unexpected token `)'\r\n", end(2))
    expect(await sent).toMatchObject({
      output: "bash: syntax error near unexpected token `)'\n",
      exit_code: 2,
    })
  })

  test('an echo that a line editor has moved to its column is not output', async () => {
    const core = scriptedCore()
    core.atPrompt = false
    const session = await core.start()
    const { sent, items } = await send(core, session, '6 * 7', { wait_for: '^> $' })
    await core.print(session, '\x1b[3G', '6 * 7\r\r\n', ' 42\r\n> ')
    expect(await sent).toMatchObject({ output: ' 42\n> ', completed_by: 'pattern' })
    expect(items.join('')).toBe(' 42\n> ')
  })

  test('an empty line has no output', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const { sent } = await send(core, session, '')
    await core.print(session, '\r\n', end(0))
    expect(await sent).toMatchObject({ output: '', completed_by: 'mark' })
  })

  test('several pasted lines give several starts; the first start to the next end counts', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const { sent } = await send(core, session, 'echo a\necho b')
    await core.print(session, 'echo a\r\necho b\r\n', START, 'a\r\n', START, 'b\r\n', end(0))
    expect(await sent).toMatchObject({ output: 'a\nb\n', completed_by: 'mark' })
  })

  test('a wait that runs out returns what there is, and reading goes on from its cursor', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const { sent } = await send(core, session, 'slow', { wait_ms: 1000 })
    await core.print(session, 'slow\r\n', START, 'one\r\n')
    await core.clock.advance(1000)
    const result = await sent
    expect(result).toMatchObject({
      output: 'one\n',
      complete: false,
      completed_by: 'timeout',
      exit_code: null,
    })
    await core.print(session, 'two\r\n', end(0), PROMPT)
    const rest = await core.call('session.read', { session_id: session.id, since: result.cursor })
    expect(rest).toMatchObject({ output: 'two\n', complete: true })
  })

  test('text sent between an end and the next prompt waits for the prompt', async () => {
    const core = scriptedCore()
    const session = await core.start()
    await core.print(session, START, end(0))
    const typing = core.call('session.input', { session_id: session.id, text: 'next' })
    await core.clock.advance(10)
    expect(core.typed).toHaveLength(0)
    await core.print(session, PROMPT)
    expect(await typing).toMatchObject({ at_prompt: true })
  })
})

describe('where no mark will come', () => {
  test('silence for quiet_ms completes it, counted from the last output', async () => {
    const core = scriptedCore()
    const session = await core.start()
    core.atPrompt = false
    const { sent } = await send(core, session, '1+1', { quiet_ms: 500 })
    await core.clock.advance(400)
    await core.print(session, '1+1\r\n2\r\n>>> ')
    await core.clock.advance(400)
    await core.print(session, 'more')
    await core.clock.advance(500)
    expect(await sent).toMatchObject({
      output: '2\n>>> more',
      complete: true,
      completed_by: 'quiet',
      exit_code: null,
    })
  })

  test('an end mark that comes first still wins', async () => {
    const core = scriptedCore()
    const session = await core.start()
    core.atPrompt = false
    const { sent } = await send(core, session, 'exit()')
    await core.print(session, 'exit()\r\n', end(3))
    expect(await sent).toMatchObject({ completed_by: 'mark', exit_code: 3 })
  })
})

test('a pattern completes as soon as the output matches, but not by the echo of what was typed', async () => {
  const core = scriptedCore()
  const session = await core.start()
  const { sent } = await send(core, session, 'serve ready', { wait_for: '^ready' })
  await core.print(session, 'serve ready\r\n', START, 'starting\r\n')
  await core.print(session, 'ready on 3000\r\n')
  expect(await sent).toMatchObject({ completed_by: 'pattern', output: 'starting\nready on 3000\n' })
})

test('a catastrophic pattern is matched in linear time, an unusable one is refused', async () => {
  const core = scriptedCore()
  const session = await core.start()
  const { sent } = await send(core, session, 'x', { wait_for: '(a+)+$b' })
  await core.print(session, 'x\r\n', START, 'a'.repeat(50_000), end(0))
  expect(await sent).toMatchObject({ completed_by: 'mark' })
  await expect(
    core.call('session.send', { session_id: session.id, message: 'x', wait_for: '(?=a)' }),
  ).rejects.toMatchObject({
    code: 'TC_ERR_PATTERN_INVALID',
  })
})

test('the end of the terminal completes it, with its exit code', async () => {
  const core = scriptedCore()
  const session = await core.start()
  const { sent } = await send(core, session, 'exit 7')
  await core.print(session, 'exit 7\r\n', START, 'exit\r\n')
  await core.exit(session, 7)
  expect(await sent).toMatchObject({ completed_by: 'exit', exit_code: 7, output: 'exit\n' })
})

test('a long output comes as head and tail, and the middle can be read by the cursors given', async () => {
  const core = scriptedCore()
  const session = await core.start()
  const lines = Array.from({ length: 400 }, (_, n) => `line ${String(n).padStart(4, '0')}\r\n`)
  const { sent } = await send(core, session, 'many', { max_bytes: 1000 })
  await core.print(session, 'many\r\n', START, ...lines, end(0))
  const { output, dropped, truncated } = await sent
  expect(truncated).toBe(true)
  expect(output.startsWith('line 0000\n')).toBe(true)
  expect(output.endsWith('line 0399\n')).toBe(true)
  const middle = await core.call<{ output: string }>('session.read', {
    session_id: session.id,
    since: dropped?.from,
    until: dropped?.to,
  })
  const [head = '', tail = ''] = output.split(/\n\[… \d+ bytes left out …\]\n/)
  expect(head + middle.output + tail).toBe(lines.join('').replaceAll('\r\n', '\n'))
})

test('one huge line is shown by its beginning and its end', async () => {
  const core = scriptedCore()
  const session = await core.start()
  const { sent } = await send(core, session, 'huge', { max_bytes: 256 })
  await core.print(session, START, `first${'x'.repeat(4000)}last`, end(0))
  const { output, dropped } = await sent
  expect(output).toMatch(/^first[\s\S]*last$/)
  expect(Buffer.byteLength(output)).toBeLessThan(400)
  expect(dropped?.bytes).toBeGreaterThan(3000)
})

test('a cancelled call stops waiting, and the command goes on', async () => {
  const core = scriptedCore()
  const session = await core.start()
  const cancel = new AbortController()
  const timers = core.clock.timers
  const sent = core.call(
    'session.send',
    { session_id: session.id, message: 'sleep 9' },
    { signal: cancel.signal },
  )
  sent.catch(() => undefined)
  await until(() => core.typed.length > 0)
  cancel.abort()
  await expect(sent).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
  expect(core.core.sessions.get(session.id).state).toBe('ready')
  expect(core.clock.timers).toBe(timers)
})

describe('while the computer of the session cannot be asked', () => {
  const away = () => new TeleclaudeError('TC_ERR_TRANSPORT', 'the connection is away; nothing was sent')

  /** A send whose watches are answered by `watch`, the first of them with the input already typed. */
  async function sendWith(core: ScriptedCore, watch: (options?: InvokeOptions) => Promise<unknown> | null) {
    const session = await core.start()
    const { signal } = new AbortController()
    const call = {
      ...{ principal: user, clock: core.clock, services: { find: () => undefined }, surface: 'test' },
      ...{ requestId: 'one', signal, wantsItems: false, emit: async () => {} },
      invoke: <T>(name: string, input: unknown, options?: InvokeOptions) =>
        (name === 'session.watch' && watch(options)) || core.call<T>(name, input, options),
    } as unknown as OperationCall<TextItem> // nothing else of it is used
    const input = sessionSend.input.parse({ session_id: session.id, message: 'make', wait_ms: 5000 })
    const sent = sessionSend.run(input, call)
    sent.catch(() => undefined)
    await until(() => core.typed.length > 0)
    return { session, sent }
  }

  test('the wait for what was typed goes on, and is told nothing else', async () => {
    const core = scriptedCore()
    let attempts = 0
    const { session, sent } = await sendWith(core, () => (++attempts < 3 ? Promise.reject(away()) : null))
    await core.print(session, START, 'made\r\n', end(0))
    await core.clock.advance(500)
    expect(attempts).toBe(2)
    await core.clock.advance(500)
    expect(await sent).toMatchObject({ output: 'made\n', exit_code: 0, completed_by: 'mark' })
    expect(core.typed).toHaveLength(1)
  })

  test('the wait ends when its time is over, with a cursor to read on from', async () => {
    const core = scriptedCore()
    const { session, sent } = await sendWith(core, () => Promise.reject(away()))
    await core.print(session, START, 'made\r\n', end(0))
    await core.clock.advance(5000)
    const { cursor, ...result } = await sent
    expect(result).toMatchObject({ output: '', complete: false, completed_by: 'timeout' })
    const read = await core.call('session.read', { session_id: session.id, since: cursor })
    expect(read).toMatchObject({ output: 'made\n' })
  })

  test('what will not pass ends it at once', async () => {
    const refused = new TeleclaudeError('TC_ERR_FORBIDDEN', 'not allowed to read')
    const { sent } = await sendWith(scriptedCore(), () => Promise.reject(refused))
    await expect(sent).rejects.toBe(refused)
  })
})
