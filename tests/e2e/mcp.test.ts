import { existsSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TestDaemon } from '../support/daemon.ts'
import { connectMcp } from '../support/mcp-client.ts'
import { isAlive, processesWith } from '../support/processes.ts'
import { until } from '../support/until.ts'

const BIN = resolve(import.meta.dirname, '../../bin/teleclaude')
const PLUGINS = ['terminal', 'registry', 'mcp']

interface Result {
  readonly session_id: string
  readonly output: string
  readonly cursor: string
  readonly complete: boolean
}

const daemon = TestDaemon.forFile({
  plugins: PLUGINS,
  config: { projects: [{ name: 'root', path: '/', description: 'everything' }] },
})

/** The server as an agent starts it, and a client of it. */
async function agent(of: TestDaemon = daemon, argv: readonly string[] = []) {
  const mcp = await connectMcp({ command: BIN, args: ['mcp', ...argv], env: of.env, cwd: of.home })
  onTestFinished(() => mcp.client.close())
  const call = async (name: string, args: Record<string, unknown> = {}): Promise<Result> => {
    const result = await mcp.tool(`teleclaude__${name}`, args)
    if (result.isError) throw new Error(result.text)
    // Each tool's output schema, which the client has checked, says what it is.
    return result.structuredContent as unknown as Result
  }
  const session = async (args: object = {}) =>
    (await call('start_session', { title: 'test', ...args })).session_id
  return { ...mcp, call, session }
}

test('the tools are those promised, each with schemas and a description', async () => {
  const { client } = await agent()
  const { tools } = await client.listTools()
  expect(tools.map(tool => tool.name).sort()).toEqual([
    'teleclaude__end_session',
    'teleclaude__interrupt',
    'teleclaude__keys',
    'teleclaude__list_computers',
    'teleclaude__list_projects',
    'teleclaude__list_sessions',
    'teleclaude__read',
    'teleclaude__rename_session',
    'teleclaude__run',
    'teleclaude__send',
    'teleclaude__send_file',
    'teleclaude__start_session',
  ])
  for (const tool of tools) {
    expect(tool.inputSchema, tool.name).toMatchObject({ type: 'object', additionalProperties: false })
    expect(tool.outputSchema, tool.name).toMatchObject({ type: 'object' })
    expect(tool.description?.length, tool.name).toBeGreaterThan(20)
    expect(tool.annotations, tool.name).toBeDefined()
  }
})

test('computers and projects are listed', async () => {
  const { call } = await agent()
  expect(await call('list_computers')).toMatchObject({
    computers: [{ name: 'alpha', status: 'online', self: true }],
  })
  expect(await call('list_projects')).toMatchObject({ projects: [{ name: 'root', path: '/', exists: true }] })
})

test('a session is started, used, renamed, listed and ended', async () => {
  const { call } = await agent()
  const started = await call('start_session', { title: 'demo' })
  expect(started).toMatchObject({ computer: 'alpha', topic_name: '$alpha - demo', status: 'ready' })
  const { session_id } = started
  expect(await call('send', { session_id, message: 'echo hi; false' })).toMatchObject({
    output: 'hi\n',
    complete: true,
    completed_by: 'mark',
    exit_code: 1,
    truncated: false,
    dropped: null,
  })
  await call('rename_session', { session_id, title: 'other' })
  await until(async () => (await daemon.get(session_id)).state === 'ready', 'the prompt after it')
  expect(await call('list_sessions', { state: 'ready' })).toMatchObject({
    sessions: [{ id: session_id, title: 'other', originAdapter: 'mcp' }],
  })
  expect(await call('end_session', { session_id })).toMatchObject({ id: session_id, state: 'closed' })
})

test('a result reads well as text alone', async () => {
  const { tool, session } = await agent()
  const result = await tool('teleclaude__send', { session_id: await session(), message: 'echo hi' })
  expect(result.content).toEqual([
    { type: 'text', text: 'hi\n' },
    {
      type: 'text',
      text: expect.stringMatching(/^\[complete: true, completed_by: mark, exit_code: 0, .*cursor: /),
    },
  ])
})

test('output comes as progress while the command runs', async () => {
  const { tool, session } = await agent()
  const session_id = await session()
  const chunks: string[] = []
  let last = 0
  const sent = tool(
    'teleclaude__send',
    { session_id, message: `echo first; until [ -e ${daemon.home}/go ]; do sleep 0.02; done; echo second` },
    {
      onprogress({ progress, message }) {
        expect(progress).toBeGreaterThan(last)
        last = progress
        chunks.push(message ?? '')
      },
    },
  )
  await until(() => chunks.join('') === 'first\n', 'the first line')
  await daemon.call('session.run', { command: ['touch', `${daemon.home}/go`] })
  expect((await sent).structuredContent).toMatchObject({ output: 'first\nsecond\n', exit_code: 0 })
})

test('a command that takes longer than the wait is read on from its cursor', async () => {
  const { call, session } = await agent()
  const session_id = await session()
  const message = `echo one; until [ -e ${daemon.home}/on ]; do sleep 0.02; done; echo two`
  const sent = await call('send', { session_id, message, wait_ms: 300 })
  expect(sent).toMatchObject({ output: 'one\n', complete: false, completed_by: 'timeout', exit_code: null })
  await daemon.call('session.run', { command: ['touch', `${daemon.home}/on`] })
  let output = ''
  for (let reading = sent; !reading.complete; ) {
    reading = await call('read', { session_id, since: reading.cursor, wait_ms: 10_000 })
    output += reading.output
  }
  expect(output).toContain('two\n')
  expect(output).not.toContain('one\n')
})

test('run gives output, exit code and a session that can still be read', async () => {
  const { call } = await agent()
  const result = await call('run', { command: ['sh', '-c', 'echo out; exit 7'] })
  expect(result).toMatchObject({ output: 'out\n', complete: true, completed_by: 'exit', exit_code: 7 })
  expect(await call('read', { session_id: result.session_id })).toMatchObject({
    output: 'out\n',
    state: 'closed',
  })
})

test('interrupt ends a command; keys reach a program', async () => {
  const { call, session } = await agent()
  const session_id = await session()
  expect(await call('send', { session_id, message: 'sleep 1000', wait_ms: 200 })).toMatchObject({
    complete: false,
  })
  await call('interrupt', { session_id })
  await until(async () => (await daemon.get(session_id)).state === 'ready', 'the prompt')

  await call('send', { session_id, message: 'read -r line; echo "got $line"', wait_ms: 200 })
  await call('send', { session_id, message: 'ab', submit: false, wait_ms: 200 })
  await call('keys', { session_id, keys: ['backspace', 'enter'] })
  const seen = async () => (await daemon.readAll(session_id)).output
  await until(async () => (await seen()).includes('got a\n'), 'what was typed')
})

test('cancelling a call stops the waiting, not the command', async () => {
  const { tool, session } = await agent()
  const session_id = await session()
  const cancel = new AbortController()
  const message = `echo begun; until [ -e ${daemon.home}/cancelled ]; do sleep 0.02; done; echo ended`
  const sent = tool('teleclaude__send', { session_id, message }, { signal: cancel.signal })
  sent.catch(() => {})
  const printed = async () => (await daemon.readAll(session_id)).output
  await until(async () => (await printed()).includes('begun\n'), 'the beginning')
  cancel.abort()
  await expect(sent).rejects.toThrow()
  await daemon.call('session.run', { command: ['touch', `${daemon.home}/cancelled`] })
  await until(async () => (await printed()).includes('ended\n'), 'the end')
})

describe('errors begin with their code', () => {
  test.each([
    [
      'an id that nobody has',
      'send',
      { session_id: 'aaaaaaaaaaaa', message: 'x' },
      'TC_ERR_SESSION_NOT_FOUND',
    ],
    ['an id that is no id', 'read', { session_id: '../../etc' }, 'TC_ERR_SESSION_NOT_FOUND'],
    ['an unknown argument', 'run', { command: 'x', nope: 1 }, 'TC_ERR_INVALID_INPUT'],
    ['a missing argument', 'send', { message: 'x' }, 'TC_ERR_INVALID_INPUT'],
    ['a wrong type', 'run', { command: 7 }, 'TC_ERR_INVALID_INPUT'],
    ['a folder that is not there', 'start_session', { title: 'x', cwd: '/no/such' }, 'TC_ERR_CWD'],
    [
      'another computer without a transport',
      'run',
      { computer: 'beta', command: 'x' },
      'TC_ERR_NO_TRANSPORT',
    ],
    ['an unknown tool', 'nope', {}, 'TC_ERR_INVALID_INPUT'],
  ])('%s', async (_what, name, args, code) => {
    const { tool } = await agent()
    const result = await tool(`teleclaude__${name}`, args)
    expect(result.isError).toBe(true)
    expect(result.text.startsWith(`${code}: `), result.text).toBe(true)
  })

  test('a cursor and a pattern that are none', async () => {
    const { tool, session } = await agent()
    const session_id = await session()
    expect((await tool('teleclaude__read', { session_id, since: 'x' })).text).toMatch(
      /^TC_ERR_CURSOR_INVALID/,
    )
    const send = { session_id, message: 'true', wait_for: '(' }
    expect((await tool('teleclaude__send', send)).text).toMatch(/^TC_ERR_PATTERN_INVALID/)
  })

  test('a session that has ended', async () => {
    const { call, tool, session } = await agent()
    const session_id = await session()
    await call('end_session', { session_id })
    expect((await tool('teleclaude__send', { session_id, message: 'x' })).text).toMatch(
      /^TC_ERR_SESSION_CLOSED/,
    )
  })
})

test('the server outlives restarts of the daemon, and so do sessions', async () => {
  const own = await TestDaemon.inTest({ plugins: PLUGINS })
  const { call, tool, session, seen, pid } = await agent(own)
  const session_id = await session()
  await call('send', { session_id, message: 'x=kept' })
  await own.restart('SIGKILL')
  expect(await call('send', { session_id, message: 'echo $x' })).toMatchObject({ output: 'kept\n' })
  await own.kill('SIGTERM')
  expect((await tool('teleclaude__list_sessions')).text).toMatch(/^TC_ERR_NOT_RUNNING: /)
  await own.start()
  expect(await call('send', { session_id, message: 'echo $x' })).toMatchObject({ output: 'kept\n' })
  expect(seen).toEqual({ listChanges: 0, stderr: '' })
  expect(isAlive(pid)).toBe(true)
})

test('a wait that the daemon went away from says so, and the command is not sent again', async () => {
  const own = await TestDaemon.inTest({ plugins: PLUGINS })
  const { call, tool, session } = await agent(own, ['--start'])
  const session_id = await session()
  const sent = tool('teleclaude__send', { session_id, message: 'echo once; sleep 1000' })
  await until(async () => (await own.readAll(session_id)).output.includes('once\n'), 'the command')
  await own.restart('SIGKILL')
  expect((await sent).text).toMatch(/^TC_ERR_NOT_RUNNING: /)
  const { output } = await call('read', { session_id })
  expect(output.match(/^once$/gm)).toHaveLength(1)
})

test('with the daemon down from the beginning the tools are listed, and of plugins too', async () => {
  const down = new TestDaemon({ plugins: PLUGINS })
  onTestFinished(() => down.end())
  const { client, tool, call } = await agent(down)
  const names = (await client.listTools()).tools.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['teleclaude__send', 'teleclaude__list_computers']))
  expect((await tool('teleclaude__list_computers')).text).toMatch(/^TC_ERR_NOT_RUNNING: .*teleclaude start/)
  await down.start()
  expect(await call('list_computers')).toMatchObject({ computers: [{ name: 'alpha' }] })
})

test('--start brings the daemon up, once for ten agents at once', async () => {
  const down = new TestDaemon({ plugins: PLUGINS })
  onTestFinished(() => down.end())
  const agents = await Promise.all(Array.from({ length: 10 }, () => agent(down, ['--start'])))
  await Promise.all(agents.map(({ call }) => call('list_computers')))
  const { pid } = await down.status()
  onTestFinished(async () => {
    process.kill(pid)
    await until(() => !isAlive(pid), 'the end of the daemon')
  })
  const config = join(down.home, 'config.json')
  await until(
    () => `${processesWith(argument => argument === config)}` === `${pid}`,
    'the end of those that lost',
  )
  expect(agents.map(({ seen }) => seen.stderr).join('')).toBe('')
})

test('--start that fails is a tool error with the reason, for all who asked, and is not tried again at once', async () => {
  const broken = new TestDaemon({ plugins: PLUGINS, config: { nope: 1 } })
  onTestFinished(() => broken.end())
  const agents = await Promise.all([agent(broken, ['--start']), agent(broken, ['--start'])])
  const texts = async () => {
    const results = await Promise.all(agents.map(({ tool }) => tool('teleclaude__list_computers')))
    return results.map(({ text }) => text)
  }
  for (const text of await texts())
    expect(text).toMatch(/^TC_ERR_CONFIG_INVALID: .*nope: there is no such field/s)
  for (const text of await texts()) expect(text).toMatch(/^TC_ERR_CONFIG_INVALID: .*tried again in \d+ s/s)
})

test('--start says why the daemon of another agent, which was faster, could not start', async () => {
  const failing = resolve(import.meta.dirname, 'failing-plugin.ts')
  const broken = new TestDaemon({ plugins: [...PLUGINS, failing] })
  onTestFinished(() => broken.end())
  const agents = await Promise.all([agent(broken, ['--start']), agent(broken, ['--start'])])
  const asked = agents.map(({ tool }) => tool('teleclaude__list_computers'))
  const config = join(broken.home, 'config.json')
  const isLost = () => processesWith(argument => argument === config).length === 1
  await until(
    () => existsSync(join(broken.stateDir, 'daemon.lock.pid')) && isLost(),
    'one that waits for the other',
  )
  writeFileSync(join(broken.home, 'go'), '')
  for (const { text } of await Promise.all(asked))
    expect(text).toMatch(/^TC_ERR_PLUGIN_SETUP: .*no luck today/s)
})

test('an agent that runs inside a session asks as that session', async () => {
  const { call, session } = await agent()
  const session_id = await session()
  const { output } = await call('send', { session_id, message: 'echo $TELECLAUDE_SESSION_TOKEN' })
  const env = { ...daemon.env, TELECLAUDE_SESSION_TOKEN: output.trim() }
  const inside = await connectMcp({ command: BIN, args: ['mcp'], env })
  onTestFinished(() => inside.client.close())
  expect((await inside.tool('teleclaude__list_sessions')).isError).toBeUndefined()
  const audit = await readFile(join(daemon.stateDir, 'audit.log'), 'utf8')
  expect(audit).toContain(`"principal":"session:${session_id}"`)
})

test('a forged session token is refused', async () => {
  const mcp = await connectMcp({
    command: BIN,
    args: ['mcp'],
    env: { ...daemon.env, TELECLAUDE_SESSION_TOKEN: 'forged' },
  })
  onTestFinished(() => mcp.client.close())
  expect((await mcp.tool('teleclaude__list_sessions')).text).toMatch(/^TC_ERR_UNAUTHENTICATED/)
})
