import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { mcpClient, socketFolder } from './harness.ts'
import { hanging, novelty, startTestDaemon, testOperations } from './test-daemon.ts'

async function setting(argv: readonly string[] = []) {
  const folder = socketFolder()
  const daemon = await startTestDaemon(folder.socketPath)
  const mcp = await mcpClient(folder.socketPath, argv)
  return {
    ...mcp,
    daemon,
    socketPath: folder.socketPath,
    async [Symbol.asyncDispose]() {
      await mcp.client.close()
      await daemon.close()
      folder[Symbol.dispose]()
    },
  }
}

test('it says who it is and how sessions are used', async () => {
  await using mcp = await setting()
  expect(mcp.client.getServerVersion()).toMatchObject({ name: 'teleclaude' })
  expect(mcp.client.getInstructions()).toContain('teleclaude__start_session')
})

test('tools are the operations that have a tool name, with strict input and output schemas', async () => {
  await using mcp = await setting()
  const { tools } = await mcp.client.listTools()
  expect(tools.map(tool => tool.name)).toEqual([
    'teleclaude__count',
    'teleclaude__list',
    'teleclaude__fail',
    'teleclaude__hang',
  ])
  expect(tools[0]).toEqual({
    name: 'teleclaude__count',
    description: 'Counts.',
    annotations: { readOnlyHint: true },
    inputSchema: {
      type: 'object',
      properties: { to: { type: 'integer', description: 'How far.' } },
      required: ['to'],
      additionalProperties: false,
    },
    outputSchema: expect.objectContaining({ type: 'object', required: ['output', 'complete', 'dropped'] }),
  })
})

test('output comes as text with its facts below it, and as a structure', async () => {
  await using mcp = await setting()
  const result = await mcp.tool('teleclaude__count', { to: 2 })
  expect(result.structuredContent).toEqual({ output: '1\n2\n', complete: true, dropped: null })
  expect(result.content).toEqual([
    { type: 'text', text: '1\n2\n' },
    { type: 'text', text: '[complete: true]' },
  ])
})

test('where nothing was printed there is no empty text block', async () => {
  await using mcp = await setting()
  const result = await mcp.tool('teleclaude__count', { to: 0 })
  expect(result.content).toEqual([{ type: 'text', text: '[complete: true]' }])
})

test('a result that is not terminal output comes as JSON', async () => {
  await using mcp = await setting()
  const result = await mcp.tool('teleclaude__list')
  expect(JSON.parse(result.text)).toEqual({ things: ['a', 'b'] })
  expect(result.structuredContent).toEqual({ things: ['a', 'b'] })
})

test.each([
  ['what the operation throws', 'teleclaude__fail', {}, /^TC_ERR_SESSION_CLOSED: session x has ended/],
  ['an argument of the wrong type', 'teleclaude__count', { to: 'x' }, /^TC_ERR_INVALID_INPUT: .*to/],
  ['an unknown argument', 'teleclaude__list', { nope: 1 }, /^TC_ERR_INVALID_INPUT: .*nope/],
  ['an unknown tool', 'teleclaude__nope', {}, /^TC_ERR_INVALID_INPUT: .*teleclaude__count, teleclaude__list/],
])('%s is a tool error that begins with its code', async (_, name, args, text) => {
  await using mcp = await setting()
  const result = await mcp.tool(name, args)
  expect(result.isError).toBe(true)
  expect(result.text).toMatch(text)
})

test('cancelling a tool call ends the wait at the daemon', async () => {
  await using mcp = await setting()
  const before = hanging.aborted
  const abort = new AbortController()
  const call = mcp.tool('teleclaude__hang', {}, { signal: abort.signal })
  call.catch(() => {})
  await until(() => hanging.calls > 0, 'the call')
  abort.abort()
  await expect(call).rejects.toThrow()
  await until(() => hanging.aborted > before, 'the abort')
})

test('with the daemon away the tools are there, answer with a clear error, and work again once it is back', async () => {
  using folder = socketFolder()
  await using mcp = await mcpClient(folder.socketPath)
  expect((await mcp.client.listTools()).tools).toHaveLength(4)
  const refused = await mcp.tool('teleclaude__list')
  expect(refused.isError).toBe(true)
  expect(refused.text).toMatch(/^TC_ERR_NOT_RUNNING: .*teleclaude start/)

  const daemon = await startTestDaemon(folder.socketPath)
  expect((await mcp.tool('teleclaude__list')).structuredContent).toEqual({ things: ['a', 'b'] })
  await daemon.close()
  expect((await mcp.tool('teleclaude__list')).text).toMatch(/^TC_ERR_NOT_RUNNING/)

  const again = await startTestDaemon(folder.socketPath)
  expect((await mcp.tool('teleclaude__list')).isError).toBeUndefined()
  expect(mcp.seen.listChanges).toBe(0)
  await again.close()
})

test('a daemon that came back with other tools is announced, and they can be called', async () => {
  using folder = socketFolder()
  await using mcp = await mcpClient(folder.socketPath)
  await mcp.client.listTools()
  await using newer = disposable(await startTestDaemon(folder.socketPath, [...testOperations, novelty]))
  await mcp.tool('teleclaude__list')
  await until(() => mcp.seen.listChanges === 1, 'the announcement')
  expect((await mcp.client.listTools()).tools.map(tool => tool.name)).toContain('teleclaude__novelty')
  expect((await mcp.tool('teleclaude__novelty')).structuredContent).toEqual({ new: true })
  void newer
})

test('a call that was running when the daemon went away says so', async () => {
  using folder = socketFolder()
  const daemon = await startTestDaemon(folder.socketPath)
  await using mcp = await mcpClient(folder.socketPath)
  const before = hanging.calls
  const call = mcp.tool('teleclaude__hang')
  await until(() => hanging.calls > before, 'the call')
  await daemon.close()
  expect((await call).text).toMatch(/^TC_ERR_NOT_RUNNING/)
})

test('--start brings the daemon up', async () => {
  using folder = socketFolder()
  await using mcp = await mcpClient(folder.socketPath, ['--start'])
  expect((await mcp.tool('teleclaude__list')).structuredContent).toEqual({ things: ['a', 'b'] })
})

function disposable<T extends { close(): Promise<void> }>(thing: T) {
  return { ...thing, [Symbol.asyncDispose]: () => thing.close() }
}
