import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { serverProcess, socketFolder } from './harness.ts'
import { startTestDaemon } from './test-daemon.ts'

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 'init',
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}

/** The server as a process whose stdin and stdout are in the test's hands. */
async function rawServer(argv: readonly string[] = []) {
  const folder = socketFolder()
  const daemon = await startTestDaemon(folder.socketPath)
  const { command, args, env } = serverProcess(folder.socketPath, argv)
  const child: ChildProcessWithoutNullStreams = spawn(command, args, { env })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const errors: string[] = []
  child.stderr.on('data', chunk => errors.push(String(chunk)))
  return {
    child,
    exited,
    stderr: () => errors.join(''),
    write: (text: string | Buffer) => void child.stdin.write(text),
    send: (message: unknown) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    next: async () => JSON.parse((await lines.next()).value ?? 'null'),
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await exited
      await daemon.close()
      folder[Symbol.dispose]()
    },
  }
}

const call = (id: number, name: string, args: unknown) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
})

test('garbage, empty lines and half a message do not end it', async () => {
  await using server = await rawServer()
  server.write('garbage\n\n{"half": \n[1,2]\n\xff\xfe\n')
  server.send(INITIALIZE)
  expect(await server.next()).toMatchObject({ id: 'init', result: { serverInfo: { name: 'teleclaude' } } })
  const message = JSON.stringify(call(1, 'teleclaude__list', {}))
  server.write(message.slice(0, 20))
  server.write(`${message.slice(20)}\r\n`)
  expect(await server.next()).toMatchObject({ id: 1, result: { structuredContent: { things: ['a', 'b'] } } })
  expect(server.stderr()).toContain('not JSON')
})

test('a request that is not JSON-RPC but has an id is answered', async () => {
  await using server = await rawServer()
  server.send({ id: 7, method: 'ping' })
  expect(await server.next()).toMatchObject({ id: 7, error: { code: -32600 } })
})

test('an unknown method is answered as such', async () => {
  await using server = await rawServer()
  server.send({ jsonrpc: '2.0', id: 1, method: 'resources/list' })
  expect(await server.next()).toMatchObject({ id: 1, error: { code: -32601 } })
})

test('every chunk is a progress notification before the result, with progress that grows', async () => {
  await using server = await rawServer()
  const request = call(1, 'teleclaude__count', { to: 3 })
  server.send({ ...request, params: { ...request.params, _meta: { progressToken: 'p' } } })
  const progress = (progress: number, message: string) => ({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: { progressToken: 'p', progress, message },
  })
  expect(await server.next()).toEqual(progress(2, '1\n'))
  expect(await server.next()).toEqual(progress(4, '2\n'))
  expect(await server.next()).toEqual(progress(6, '3\n'))
  expect(await server.next()).toMatchObject({ id: 1, result: { structuredContent: { output: '1\n2\n3\n' } } })
})

test('without a progress token there is only the result', async () => {
  await using server = await rawServer()
  server.send(call(1, 'teleclaude__count', { to: 3 }))
  expect(await server.next()).toMatchObject({ id: 1 })
})

test('a call of 10 MB is refused with its code while another call goes on', async () => {
  await using server = await rawServer()
  server.send(call(1, 'teleclaude__hang', {}))
  server.send(call(2, 'teleclaude__count', { to: 'x'.repeat(10_000_000) }))
  const refused = await server.next()
  expect(refused).toMatchObject({ id: 2, result: { isError: true } })
  expect(refused.result.content[0].text).toMatch(/^TC_ERR_MESSAGE_TOO_LARGE/)
  server.send(call(3, 'teleclaude__list', {}))
  expect(await server.next()).toMatchObject({ id: 3 })
})

test('a line that never seems to end is skipped', async () => {
  await using server = await rawServer()
  const piece = Buffer.alloc(1024 * 1024, 'x')
  for (let megabyte = 0; megabyte < 40; megabyte++) server.write(piece)
  server.write('\n')
  server.send(INITIALIZE)
  expect(await server.next()).toMatchObject({ id: 'init' })
  expect(server.stderr()).toContain('too long')
})

test('it ends with code 0 when stdin closes, also in the middle of a call', async () => {
  await using server = await rawServer()
  server.send(call(1, 'teleclaude__hang', {}))
  server.send(call(2, 'teleclaude__list', {}))
  await server.next()
  server.child.stdin.end()
  expect(await server.exited).toEqual([0, null])
})

test('it ends with code 0 at a signal', async () => {
  await using server = await rawServer()
  server.send(INITIALIZE)
  await server.next()
  server.child.kill('SIGTERM')
  expect(await server.exited).toEqual([0, null])
})

test('it ends when the client no longer reads', async () => {
  await using server = await rawServer()
  server.send(INITIALIZE)
  await server.next()
  server.child.stdout.destroy()
  server.send({ jsonrpc: '2.0', id: 1, method: 'ping' })
  server.send({ jsonrpc: '2.0', id: 2, method: 'ping' })
  expect(await server.exited).toEqual([0, null])
})

test('nothing but protocol goes to stdout, and no warnings to stderr', async () => {
  await using server = await rawServer()
  server.send(INITIALIZE)
  await server.next()
  expect(server.stderr()).toBe('')
})
