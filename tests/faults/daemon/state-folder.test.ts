import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TestDaemon } from '../../support/daemon.ts'

function withoutDaemon(): TestDaemon {
  const daemon = new TestDaemon()
  onTestFinished(() => daemon.end())
  return daemon
}

test('a second daemon on the same state folder says which process runs there, and the first goes on', async () => {
  const daemon = await TestDaemon.inTest()
  const id = await daemon.session()
  const second = new TestDaemon({ stateDir: daemon.stateDir })
  onTestFinished(() => second.end())
  const { code, printed } = await second.startToEnd()
  expect(code).not.toBe(0)
  expect(printed).toContain('TC_ERR_ALREADY_RUNNING')
  expect(printed).toContain(`process ${daemon.pid}`)
  expect(printed).toContain(daemon.stateDir)
  expect(await daemon.send(id, 'echo on')).toMatchObject({ output: 'on\n', completed_by: 'mark' })
})

test('of five daemons that start at once exactly one runs', async () => {
  const daemons = [withoutDaemon()]
  const { stateDir } = daemons[0] ?? withoutDaemon()
  for (let number = 1; number < 5; number++) {
    const daemon = new TestDaemon({ stateDir })
    onTestFinished(() => daemon.end())
    daemons.push(daemon)
  }
  const starts = await Promise.allSettled(daemons.map(daemon => daemon.start()))
  const refused = starts.flatMap(start => (start.status === 'rejected' ? [String(start.reason)] : []))
  expect(refused).toHaveLength(4)
  for (const reason of refused) expect(reason).toContain('TC_ERR_ALREADY_RUNNING')
})

describe('what a daemon that was killed has left', () => {
  test('its lock, its socket and its pid file are in nobody’s way', async () => {
    const daemon = await TestDaemon.inTest()
    await daemon.kill('SIGKILL')
    expect(existsSync(daemon.socketPath)).toBe(true)
    expect(existsSync(join(daemon.stateDir, 'daemon.lock'))).toBe(true)
    await daemon.start()
    expect((await daemon.status()).ready).toBe(true)
  })

  test('a socket where something else answers is not taken away', async () => {
    const daemon = withoutDaemon()
    mkdirSync(daemon.stateDir, { mode: 0o700 })
    const server = createServer(socket => socket.end())
    await new Promise<void>(done => server.listen(daemon.socketPath, done))
    onTestFinished(() => void server.close())
    const { code, printed } = await daemon.startToEnd()
    expect([code, printed]).toEqual([
      expect.any(Number),
      expect.stringMatching(/TC_ERR_(ALREADY_RUNNING|STATE_DIR)/),
    ])
    expect(code).not.toBe(0)
    expect(existsSync(daemon.socketPath)).toBe(true)
  })

  test('a file of somebody else in the place of the socket is not deleted', async () => {
    const daemon = withoutDaemon()
    mkdirSync(daemon.stateDir, { mode: 0o700 })
    writeFileSync(daemon.socketPath, 'precious')
    const { code, printed } = await daemon.startToEnd()
    expect(code).not.toBe(0)
    expect(printed).toContain(daemon.socketPath)
    expect(readFileSync(daemon.socketPath, 'utf8')).toBe('precious')
  })
})

describe('a state folder', () => {
  test.each([0o777, 0o770, 0o702])(
    'that others can write to (%o) is refused, with what to do',
    async mode => {
      const daemon = withoutDaemon()
      mkdirSync(daemon.stateDir)
      chmodSync(daemon.stateDir, mode)
      const { code, printed } = await daemon.startToEnd()
      expect(code).not.toBe(0)
      expect(printed).toContain('TC_ERR_STATE_DIR')
      expect(printed).toContain(`chmod 700 '${daemon.stateDir}'`)
    },
  )

  test('that is not there is made for its owner alone', async () => {
    const daemon = await TestDaemon.inTest()
    expect(statSync(daemon.stateDir).mode & 0o777).toBe(0o700)
    expect(statSync(daemon.socketPath).mode & 0o777).toBe(0o600)
  })

  test('with a path too long for sockets is refused before anything is made', async () => {
    const stateDir = `/tmp/${'tc'.repeat(60)}`
    const daemon = new TestDaemon({ stateDir })
    onTestFinished(() => daemon.end())
    const { code, printed } = await daemon.startToEnd()
    expect(code).not.toBe(0)
    expect(printed).toContain('TELECLAUDE_STATE_DIR')
    expect(existsSync(stateDir)).toBe(false)
  })
})
