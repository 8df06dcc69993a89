import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TestDaemon } from '../../support/daemon.ts'
import { privateMiB } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

const daemon = TestDaemon.forFile()

test('100 clients at once, each with a session of its own to talk to: everyone gets exactly their own', async () => {
  const sessions = await Promise.all(Array.from({ length: 10 }, () => daemon.session()))
  const clients = Array.from({ length: 100 }, () => daemon.newClient())
  onTestFinished(async () => void (await Promise.all(clients.map(client => client.close()))))
  const ran = await Promise.all(
    clients.map((client, number) =>
      number % 2 === 0
        ? client.call<{ output: string }>('session.get', { session_id: sessions[number % 10] })
        : client.call<{ output: string }>('session.run', { command: ['echo', `client ${number}`] }),
    ),
  )
  for (const [number, result] of ran.entries()) {
    if (number % 2 === 0) expect(result).toMatchObject({ id: sessions[number % 10] })
    else expect(result).toMatchObject({ output: `client ${number}\n`, exit_code: 0 })
  }
  await Promise.all(sessions.map(session_id => daemon.call('session.close', { session_id })))
})

test('a client that never reads while a session prints at full speed: nobody else notices, and the daemon does not grow', async () => {
  const loud = await daemon.session()
  const quiet = await daemon.session()
  const before = privateMiB(daemon.pid)
  const deaf = Array.from({ length: 5 }, () => {
    const socket = connect(daemon.socketPath)
    onTestFinished(() => void socket.destroy())
    socket.pause()
    const params = { input: { session_id: loud } }
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'session.watch', params })}\n`)
    return socket
  })
  const sent = daemon.send(loud, 'seq -f "n %.0f" 1 1000000', { wait_ms: 60_000 })
  for (let number = 0; number < 20; number++) {
    expect(await daemon.send(quiet, `echo ${number}`)).toMatchObject({ output: `${number}\n` })
  }
  expect(await sent).toMatchObject({ exit_code: 0, completed_by: 'mark' })
  expect(privateMiB(daemon.pid) - before).toBeLessThan(128)
  expect(deaf.every(socket => !socket.destroyed)).toBe(true)
  expect(await daemon.status()).toMatchObject({ ready: true })
})

describe('what is not the protocol', () => {
  test('10 MB in one message is refused, and others are served', async () => {
    const socket = connect(daemon.socketPath)
    onTestFinished(() => void socket.destroy())
    let answer = ''
    socket.setEncoding('utf8').on('data', text => {
      answer += text
    })
    socket.on('error', () => {})
    socket.write(
      `{"jsonrpc":"2.0","id":1,"method":"daemon.status","params":{"input":"${'x'.repeat(10 * 2 ** 20)}"}}\n`,
    )
    await until(() => answer.includes('\n'), 'the refusal')
    expect(answer).toContain('TC_ERR_MESSAGE_TOO_LARGE')
    expect(await daemon.status()).toMatchObject({ ready: true })
  })

  test('half a message, then silence: others are served', async () => {
    const halves = Array.from({ length: 20 }, () => connect(daemon.socketPath))
    onTestFinished(() => {
      for (const socket of halves) socket.destroy()
    })
    await Promise.all(halves.map(socket => once(socket, 'connect')))
    for (const socket of halves) socket.write('{"jsonrpc":"2.0","id":1,"met')
    const id = await daemon.session()
    expect(await daemon.send(id, 'echo served')).toMatchObject({ output: 'served\n' })
  })
})

describe('who asks', () => {
  const call = (token: string, operation: string, input: object) => {
    const client = daemon.newClient({ TELECLAUDE_SESSION_TOKEN: token })
    onTestFinished(() => client.close())
    return client.call<Record<string, unknown>>(operation, input)
  }

  test('a program in a session speaks as that session, by the token that it was given', async () => {
    const id = await daemon.session()
    const { output } = await daemon.send(id, 'echo "$TELECLAUDE_SESSION_TOKEN"')
    expect(await call(output.trim(), 'session.get', { session_id: id })).toMatchObject({ id })
    await expect(call(output.trim(), 'daemon.stop', {})).rejects.toMatchObject({ code: 'TC_ERR_FORBIDDEN' })
  })

  test('a forged token, one of another session id, and an id alone prove nothing', async () => {
    const [mine, other] = [await daemon.session(), await daemon.session()]
    const { output } = await daemon.send(mine, 'echo "$TELECLAUDE_SESSION_TOKEN"')
    const token = output.trim()
    const forged = [
      mine,
      `${mine}.`,
      'x',
      token.replace(mine, other),
      `${token}a`,
      `${token.slice(0, -1)}!`,
      ' ',
    ]
    for (const attempt of forged.filter(attempt => attempt !== token)) {
      await expect(call(attempt, 'session.list', {}), attempt).rejects.toMatchObject({
        code: 'TC_ERR_UNAUTHENTICATED',
      })
    }
  })

  test('a catastrophic pattern takes linear time, one that RE2 does not know is refused', async () => {
    const id = await daemon.session()
    const text = 'a'.repeat(5000)
    expect(await daemon.send(id, `echo ${text}`, { wait_for: '^(a+)+(a|aa)+$!' })).toMatchObject({
      completed_by: 'mark',
    })
    await expect(daemon.send(id, 'echo x', { wait_for: '(?=x)' })).rejects.toMatchObject({
      code: 'TC_ERR_PATTERN_INVALID',
    })
  })
})
