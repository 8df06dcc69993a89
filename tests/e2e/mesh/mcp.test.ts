import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { TestDaemon } from '../../support/daemon.ts'
import { connectMcp } from '../../support/mcp-client.ts'
import { sees, TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'

const BIN = resolve(import.meta.dirname, '../../../bin/teleclaude')

const mesh = TestMesh.forFile(['macbook'])
const macbook = () => mesh().daemon('macbook')
const workstation = () => mesh().daemon('workstation')

beforeAll(async () => {
  const projects = [{ name: 'site', path: '/usr/share', description: 'the web site' }]
  await mesh().join('workstation', { config: { projects } })
  await mesh().acquainted()
})

interface Result {
  readonly session_id: string
  readonly output: string
  readonly cursor: string
  readonly complete: boolean
  readonly dropped: { readonly from: string; readonly to: string; readonly bytes: number } | null
}

/** A real MCP client of one computer. It checks each result against the output schema of its tool. */
async function agent(of: TestDaemon = macbook()) {
  const mcp = await connectMcp({ command: BIN, args: ['mcp'], env: of.env, cwd: of.home })
  onTestFinished(() => mcp.client.close())
  const { tools } = await mcp.client.listTools()
  for (const tool of tools) expect(tool.outputSchema, tool.name).toBeDefined()
  const call = async (name: string, args: Record<string, unknown> = {}): Promise<Result> => {
    const result = await mcp.tool(`teleclaude__${name}`, args)
    if (result.isError) throw new Error(result.text)
    expect(result.structuredContent, name).toBeDefined()
    // Each tool's output schema says what it is.
    return result.structuredContent as unknown as Result
  }
  const session = async (args: object = {}) =>
    (await call('start_session', { title: 'test', computer: 'workstation', ...args })).session_id
  return { ...mcp, call, session }
}

/** What a command on the workstation waits for. */
const gateAt = (name: string) => join(workstation().home, name)
const waitsFor = (gate: string) => `until [ -e ${gate} ]; do sleep 0.02; done`

test('computers and their projects are listed', async () => {
  const { call } = await agent()
  const { computers } = (await call('list_computers')) as unknown as { computers: { name: string }[] }
  expect(computers.sort((one, other) => one.name.localeCompare(other.name))).toMatchObject([
    { name: 'macbook', status: 'online', self: true },
    { name: 'workstation', status: 'online', self: false, load: { cores: expect.any(Number) } },
  ])
  expect(await call('list_projects', { computer: 'workstation' })).toMatchObject({
    computer: 'workstation',
    projects: [{ name: 'site', path: '/usr/share', exists: true }],
  })
})

test('a session elsewhere is started, used, renamed, listed and ended', async () => {
  const { call } = await agent()
  const started = await call('start_session', { computer: 'workstation', title: 'build', cwd: '/usr' })
  expect(started).toMatchObject({ computer: 'workstation', topic_name: '$macbook > $workstation - build' })
  const { session_id } = started
  const sent = await call('send', { session_id, message: 'pwd; (exit 3)' })
  expect(sent).toMatchObject({ output: '/usr\n', completed_by: 'mark', exit_code: 3, dropped: null })
  await call('rename_session', { session_id, title: 'other', description: 'of the site' })
  for (const args of [{}, { computer: 'workstation' }]) {
    const { sessions } = (await call('list_sessions', args)) as unknown as { sessions: { id: string }[] }
    expect(sessions.find(({ id }) => id === session_id)).toMatchObject({
      ...{ title: 'other', description: 'of the site', origin: 'macbook', originAdapter: 'mcp' },
      computer: 'workstation',
    })
  }
  expect(await call('end_session', { session_id })).toMatchObject({ id: session_id, state: 'closed' })
})

test('a session that was started there is reached by its id alone', async () => {
  const session_id = await workstation().session({ title: 'theirs' })
  const { call } = await agent()
  expect(await call('send', { session_id, message: 'echo hi' })).toMatchObject({ output: 'hi\n' })
  expect((await call('read', { session_id })).output).toBe((await workstation().read(session_id)).output)
  await call('end_session', { session_id })
  expect((await workstation().get(session_id)).state).toBe('closed')
})

test('output comes as progress while the command runs', async () => {
  const { tool, session } = await agent()
  const session_id = await session()
  const chunks: string[] = []
  let last = 0
  const onprogress = ({ progress, message }: { progress: number; message?: string | undefined }) => {
    expect(progress).toBeGreaterThan(last)
    last = progress
    chunks.push(message ?? '')
  }
  for (const [name, args] of [
    ['send', { session_id, message: `echo first; ${waitsFor(gateAt('send'))}; echo second` }],
    ['run', { computer: 'workstation', command: `echo first; ${waitsFor(gateAt('run'))}; echo second` }],
  ] as const) {
    ;[chunks.length, last] = [0, 0]
    const called = tool(`teleclaude__${name}`, args, { onprogress })
    await until(() => chunks.join('') === 'first\n', 'the first line')
    writeFileSync(gateAt(name), '')
    expect((await called).structuredContent).toMatchObject({ output: 'first\nsecond\n', exit_code: 0 })
    expect(chunks.join('')).toBe('first\nsecond\n')
  }
})

test('a command that takes longer than the wait is read on from its cursor', async () => {
  const { call, session } = await agent()
  const session_id = await session()
  const message = `echo one; ${waitsFor(gateAt('on'))}; echo two`
  const sent = await call('send', { session_id, message, wait_ms: 500 })
  expect(sent).toMatchObject({ output: 'one\n', complete: false, completed_by: 'timeout', exit_code: null })
  writeFileSync(gateAt('on'), '')
  let output = ''
  for (let reading = sent; !reading.complete; ) {
    reading = await call('read', { session_id, since: reading.cursor, wait_ms: 10_000 })
    output += reading.output
  }
  expect(output.match(/^two$/gm)).toHaveLength(1)
  expect(output).not.toContain('one\n')
})

test('what was too much for a result is read between its cursors', async () => {
  const { call } = await agent()
  const command = ['seq', '20000']
  const result = await call('run', { computer: 'workstation', command, max_bytes: 4096 })
  expect(result).toMatchObject({ truncated: true, exit_code: 0, dropped: { bytes: expect.any(Number) } })
  const { from = '', to = '' } = result.dropped ?? {}
  let middle = ''
  for (let since = from; since !== to; ) {
    const reading = await call('read', { session_id: result.session_id, since, until: to })
    middle += reading.output
    since = reading.cursor
  }
  const all = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('')
  expect(all).toContain(middle)
  expect(middle.length).toBeGreaterThan(100_000)
  expect(result.output.startsWith('1\n')).toBe(true)
  expect(result.output.endsWith('20000\n')).toBe(true)
})

test('programs are interrupted, get keys, and show their screen', async () => {
  const { call, session } = await agent()
  const session_id = await session()
  expect(await call('send', { session_id, message: 'sleep 1000', wait_ms: 300 })).toMatchObject({
    complete: false,
  })
  await call('interrupt', { session_id })
  expect(await call('send', { session_id, message: 'echo alive' })).toMatchObject({ output: 'alive\n' })
  await call('send', { session_id, message: 'read -r line; echo "got $line"', wait_ms: 300 })
  await call('send', { session_id, message: 'ab', submit: false, wait_ms: 300 })
  await call('keys', { session_id, keys: ['backspace', 'enter'] })
  const screen = async () => (await call('read', { session_id, format: 'screen' })).output
  await until(async () => (await screen()).includes('got a\n'), 'what was typed')
})

test('cancelling a call stops the waiting, not the command', async () => {
  const { tool, session } = await agent()
  const session_id = await session()
  const cancel = new AbortController()
  const message = `echo begun; ${waitsFor(gateAt('cancelled'))}; echo ended`
  const sent = tool('teleclaude__send', { session_id, message }, { signal: cancel.signal })
  sent.catch(() => {})
  const printed = async () => (await workstation().readAll(session_id)).output
  await until(async () => (await printed()).includes('begun\n'), 'the beginning')
  cancel.abort()
  await expect(sent).rejects.toThrow()
  writeFileSync(gateAt('cancelled'), '')
  await until(async () => (await printed()).includes('ended\n'), 'the end')
})

test('a call is done as this agent’s: the audit log there says through what it came', async () => {
  const { session } = await agent()
  const session_id = await session()
  const audit = readFileSync(join(workstation().stateDir, 'audit.log'), 'utf8').split('\n')
  const line = audit.filter(one => one.includes('session.start')).at(-1) ?? ''
  expect(JSON.parse(line)).toMatchObject({ surface: 'mcp', principal: expect.stringContaining('macbook') })
  expect((await workstation().get(session_id)).origin).toBe('macbook')
})

describe('errors of another computer are tool errors that begin with their code', () => {
  const here = { computer: 'workstation' }
  test.each([
    ['a computer that nobody knows', 'run', { computer: 'nowhere', command: 'x' }, 'COMPUTER_UNKNOWN'],
    ['an id that nobody has', 'read', { session_id: 'aaaaaaaaaaaa' }, 'SESSION_NOT_FOUND'],
    ['a program that is not there', 'run', { ...here, command: ['no-such-program'] }, 'COMMAND_NOT_FOUND'],
    ['a folder that is not there', 'start_session', { ...here, title: 'x', cwd: '/no/such' }, 'CWD'],
    ['a wrong type', 'run', { ...here, command: 7 }, 'INVALID_INPUT'],
    ['an unknown argument', 'list_sessions', { ...here, nope: 1 }, 'INVALID_INPUT'],
  ])('%s', async (_what, name, args, code) => {
    const { tool } = await agent()
    const result = await tool(`teleclaude__${name}`, args)
    expect([result.isError, result.text.split(': ')[0]]).toEqual([true, `TC_ERR_${code}`])
    expect(result.structuredContent).toBeUndefined()
  })

  test('a cursor and a pattern that are none, and a session that has ended', async () => {
    const { call, tool, session } = await agent()
    const session_id = await session()
    const send = { session_id, message: 'true' }
    expect((await tool('teleclaude__read', { session_id, since: 'x' })).text).toMatch(
      /^TC_ERR_CURSOR_INVALID/,
    )
    expect((await tool('teleclaude__send', { ...send, wait_for: '(' })).text).toMatch(
      /^TC_ERR_PATTERN_INVALID/,
    )
    await call('end_session', { session_id })
    expect((await tool('teleclaude__send', send)).text).toMatch(/^TC_ERR_SESSION_CLOSED/)
    expect((await tool('teleclaude__interrupt', { session_id })).text).toMatch(/^TC_ERR_SESSION_CLOSED/)
  })

  test('a scope that is missing there, and a computer that was revoked', async () => {
    const { tool } = await agent()
    const run = () => tool('teleclaude__run', { ...here, command: 'true' })
    await workstation().call('peers.limit', { peer: 'macbook', scopes: ['sessions:read'] })
    onTestFinished(() => void workstation().call('peers.trust', { peer: 'macbook' }))
    const limited = await run()
    expect([limited.isError, limited.text]).toEqual([true, expect.stringMatching(/^TC_ERR_FORBIDDEN: /)])
    expect(limited.text).toContain('sessions:start')
    await workstation().call('peers.revoke', { peer: 'macbook' })
    expect((await run()).text).toMatch(/^TC_ERR_PEER_REFUSED: /)
  })

  test('a computer that is offline, until it returns', async () => {
    const laptop = await mesh().join('laptop')
    await sees(macbook(), 'laptop')
    const { call, tool } = await agent()
    const session_id = (await call('start_session', { computer: 'laptop', title: 'away' })).session_id
    await laptop.kill('SIGTERM')
    await sees(macbook(), 'laptop', 'offline')
    for (const [name, args] of [
      ['run', { computer: 'laptop', command: 'true' }],
      ['send', { session_id, message: 'true' }],
    ] as const)
      expect((await tool(`teleclaude__${name}`, args)).text).toMatch(/^TC_ERR_COMPUTER_OFFLINE: /)
    const { sessions } = (await call('list_sessions')) as unknown as { sessions: { id: string }[] }
    expect(sessions.some(({ id }) => id === session_id)).toBe(true)
    await laptop.start()
    await sees(macbook(), 'laptop')
    expect(await call('send', { session_id, message: 'echo back' })).toMatchObject({ output: 'back\n' })
  })
})
