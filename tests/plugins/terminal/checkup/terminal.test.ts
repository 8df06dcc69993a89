import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../../core/clock.ts'
import { FakeClock } from '../../../../core/testing/fake-clock.ts'
import { VERSION } from '../../../../core/version.ts'
import { checkTerminal } from '../../../../plugins/terminal/checkup/index.ts'
import { checkPtyHost } from '../../../../plugins/terminal/checkup/pty-host.ts'
import { checkShell } from '../../../../plugins/terminal/checkup/shells.ts'
import { checkTmux } from '../../../../plugins/terminal/checkup/tmux.ts'
import { controlFrame } from '../../../../plugins/terminal/host/frames.ts'
import { socketPathIn } from '../../../../plugins/terminal/host/launch.ts'
import { PROFILE_LIMIT_MS } from '../../../../plugins/terminal/shell/login-environment.ts'
import { tempDir } from '../../../support/temp-dir.ts'
import { until } from '../../../support/until.ts'
import { Harness } from '../harness.ts'
import { homeWith } from './home.ts'

const LOOK = { clock: systemClock, commandLine: 'npx teleclaude' }
const PTY = { backend: 'pty', tmuxProgram: undefined } as const

test('a computer that is as it should be has nothing but what is fine', async () => {
  const { home } = homeWith({})
  const look = { ...LOOK, stateDir: join(home, 'none'), defaultShell: undefined }
  const found = await checkTerminal(PTY, look, { HOME: home, SHELL: '/bin/bash' })
  expect(found.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'node-pty ok',
    'shell ok',
    'tmux ok',
    'rc files ok',
  ])
})

test('a login profile that does not finish is told, and the rest is looked at all the same', async () => {
  const { home } = homeWith({ '.profile': 'touch ~/begun; sleep 1000' })
  const clock = new FakeClock()
  const look = { ...LOOK, clock, stateDir: join(home, 'none'), defaultShell: undefined }
  const looking = checkTerminal(PTY, look, { HOME: home, SHELL: '/bin/bash' })
  await until(() => existsSync(join(home, 'begun')))
  await clock.advance(PROFILE_LIMIT_MS)
  const found = await looking
  expect(found.filter(({ state }) => state !== 'ok')).toMatchObject([
    { name: 'profile', state: 'warn', fix: expect.stringContaining('.profile') },
  ])
})

test('a default shell that does not exist, or cannot be executed, fails with its name', async () => {
  const { home, login } = homeWith({ 'not-a-program': '' })
  for (const shell of ['no-such-shell', join(home, 'not-a-program')]) {
    expect((await checkShell(login, shell)).findings).toMatchObject([
      {
        state: 'fail',
        message: expect.stringContaining(shell),
        fix: expect.stringContaining('defaultShell'),
      },
    ])
  }
})

test('a login shell that is gone is told, and bash is taken', async () => {
  const { login } = homeWith({})
  const { findings } = await checkShell({ ...login, SHELL: '/opt/gone/zsh' }, undefined)
  expect(findings).toMatchObject([
    {
      state: 'warn',
      message: expect.stringContaining('/opt/gone/zsh'),
      fix: expect.stringContaining('chsh'),
    },
    { state: 'ok' },
  ])
})

test.each([
  ['is too old', 'echo "GNU bash, version 4.3.48(1)-release"', 'warn', '4.3.48 is older than 4.4'],
  ['does not run', 'exit 1', 'fail', 'does not run'],
])('a bash that %s is told', async (_, script, state, message) => {
  const { login } = homeWith({ 'bin/bash': `#!/bin/sh\n${script}\n` })
  expect((await checkShell(login, 'bash')).findings).toMatchObject([
    { state, message: expect.stringContaining(message) },
  ])
})

test('a shell that cannot mark its prompts deserves a look', async () => {
  const { login } = homeWith({})
  expect((await checkShell(login, '/bin/sh')).findings).toMatchObject([
    { state: 'warn', message: expect.stringContaining('/bin/sh cannot mark') },
  ])
})

test.each([
  ['of a version that does', 'echo tmux 3.3a', 'ok', '3.3a'],
  ['that is too old', 'echo tmux 2.9a', 'warn', 'older'],
  ['that does not run', 'exit 127', 'warn', 'does not run'],
])('a tmux %s is told', async (_, script, state, message) => {
  const { login } = homeWith({ 'bin/tmux': `#!/bin/sh\n${script}\n` })
  expect(await checkTmux(PTY, login)).toMatchObject({ state, message: expect.stringContaining(message) })
})

test('where every session is to run in tmux, what is wrong with it fails', async () => {
  const inTmux = { backend: 'tmux', tmuxProgram: undefined } as const
  const none = await checkTmux(inTmux, { PATH: tempDir() })
  expect(none).toMatchObject({ state: 'fail', fix: expect.stringContaining('apt install tmux') })
  const { home, login } = homeWith({
    'bin/tmux': '#!/bin/sh\necho tmux 3.1c\n',
    'bin/newer': '#!/bin/sh\necho tmux 3.5\n',
  })
  expect(await checkTmux(inTmux, login)).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('3.1c'),
  })
  expect(await checkTmux({ ...inTmux, tmuxProgram: `${home}/bin/newer` }, login)).toMatchObject({
    state: 'ok',
  })
  expect(await checkTmux({ ...inTmux, tmuxProgram: `${home}/gone` }, login)).toMatchObject({
    state: 'fail',
    fix: expect.stringContaining('tmuxProgram'),
  })
})

test('no tmux is fine', async () => {
  expect(await checkTmux(PTY, { PATH: tempDir() })).toMatchObject({ state: 'ok' })
})

test('a pty host of this version is fine, tells what it holds, and goes on serving its daemon', async () => {
  await using harness = await Harness.create()
  const session = await harness.start()
  expect(await checkPtyHost(harness.folder, LOOK)).toMatchObject([
    { state: 'ok', message: expect.stringContaining(`1 session (${session})`) },
  ])
  expect((await harness.run(session, 'echo still here')).output).toContain('still here')
})

test('a pty host of another version goes on, and doctor names the sessions that its restart ends', async () => {
  const folder = tempDir()
  await serveAsHost(folder, {
    type: 'refused',
    reason: 'this host speaks versions 1 to 2',
    host: { pid: 7, version: '0.0.1', protocol: { min: 1, max: 2 }, terminals: ['abc', 'def'] },
  })
  expect(await checkPtyHost(folder, LOOK)).toMatchObject([
    {
      state: 'warn',
      message: expect.stringMatching(new RegExp(`0\\.0\\.1.*${VERSION}.*ends 2 sessions \\(abc, def\\)`)),
      fix: expect.stringContaining('npx teleclaude stop --sessions && npx teleclaude start'),
    },
  ])
})

test('a pty host from before hosts told their version is known to be older', async () => {
  const folder = tempDir()
  await serveAsHost(folder, { type: 'refused', reason: 'Start the version …, or end it and them: kill 4711' })
  expect(await checkPtyHost(folder, LOOK)).toMatchObject([
    { state: 'warn', message: expect.stringMatching(/process 4711 .*an older one/) },
  ])
})

test('a socket that a pty host left behind is no harm, and one that says something else fails', async () => {
  const folder = tempDir()
  expect(await checkPtyHost(folder, LOOK)).toEqual([])
  await leaveSocket(socketPathIn(folder))
  expect(await checkPtyHost(folder, LOOK)).toMatchObject([
    { state: 'ok', message: expect.stringContaining('left behind') },
  ])
  const other = tempDir()
  await serveAsHost(other, { type: 'replaced' })
  expect(await checkPtyHost(other, LOOK)).toMatchObject([
    { state: 'fail', fix: expect.stringContaining('pty-host.log') },
  ])
})

async function serveAsHost(folder: string, answer: object): Promise<void> {
  const server = createServer(socket => socket.once('data', () => socket.end(controlFrame(answer))))
  server.listen(socketPathIn(folder))
  await once(server, 'listening')
  onTestFinished(() => void server.close())
}

/** As a host leaves it that is killed. */
async function leaveSocket(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  await once(spawn(process.execPath, ['-e', script]), 'exit')
}
