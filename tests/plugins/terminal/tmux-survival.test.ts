import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { controlFrame } from '../../../plugins/terminal/host/frames.ts'
import { socketPathIn } from '../../../plugins/terminal/host/launch.ts'
import { HostLink } from '../../../plugins/terminal/host/link.ts'
import { PROTOCOL } from '../../../plugins/terminal/host/protocol.ts'
import { findProgram } from '../../support/debian.ts'
import { processesWith } from '../../support/processes.ts'
import { onSocket } from '../../support/tmux.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'
import { Harness } from './harness.ts'

const HOST = fileURLToPath(new URL('../../../plugins/terminal/host/main.ts', import.meta.url))

const tmux = await findProgram(tmuxProgram)

const gapsOf = (it: Harness, id: Parameters<Harness['exit']>[0]) =>
  it.sink.of(id).flatMap(entry => (entry.kind === 'gap' ? [entry.reason] : []))

describe('a session in tmux outlives', () => {
  test('its daemon, with every byte', async () => {
    await using it = await Harness.create({ backend: 'tmux', highWaterBytes: 16 * 1024 })
    const id = await it.start({
      command: ['bash', '-c', 'for ((i=1;i<=20000;i++)); do echo "n$i"; done; sleep 100'],
    })
    for (let crashes = 0; crashes < 3; crashes++) {
      const before = it.sink.of(id).length
      await until(() => it.sink.of(id).length > before || it.sink.raw(id).endsWith('n20000\r\n'))
      await it.crash()
    }
    await until(() => it.sink.raw(id).endsWith('n20000\r\n'), 'the last number')
    expect(it.sink.raw(id)).toBe(Array.from({ length: 20_000 }, (_, i) => `n${i + 1}\r\n`).join(''))
  })

  test('the terminal host: the same daemon finds it again, says what is missing, and its marks go on', async () => {
    await using it = await Harness.create({ backend: 'tmux' })
    const id = await it.start()
    await it.run(id, 'cd /tmp; it=remembered')
    await it.killHost()
    await until(() => gapsOf(it, id).length > 0, 'the gap')
    await it.submit(id, 'echo $it')
    await until(
      () => it.sink.marks(id).at(-1)?.type === 'prompt' && it.sink.text(id).includes('remembered\r\n'),
    )
    expect((await it.run(id, 'pwd')).output).toBe('/tmp\r\n')
    expect(gapsOf(it, id)).toEqual([expect.stringContaining('terminal host ended')])
    expect((await it.run(id, '(exit 6)')).end.exitCode).toBe(6)
  })

  test('the terminal host and the daemon at once, also in the middle of a command', async () => {
    await using it = await Harness.create({ backend: 'tmux' })
    const id = await it.start()
    await it.submit(id, 'read x; (exit 4)')
    await until(() => it.sink.marks(id).at(-1)?.type === 'start')
    await it.terminals.detach()
    await it.killHost()
    await it.crash()
    await until(() => gapsOf(it, id).length > 0, 'the gap')
    await it.submit(id, 'go on')
    await until(() => it.terminals.isAtPrompt(id), 'the prompt')
    expect(it.sink.marks(id).at(-2)).toMatchObject({ type: 'end', exitCode: 4 })
  })

  test('the terminal host, and can be closed while there is none', async () => {
    await using it = await Harness.create({ backend: 'tmux' })
    const id = await it.start({ command: ['cat'] })
    await it.killHost()
    await it.terminals.close(id)
    expect(await it.exit(id)).toEqual({ exitCode: null, signal: 'SIGHUP' })
  })

  test('the terminal host, which does not keep those in terminals of its own', async () => {
    await using it = await Harness.create({ backend: 'tmux' })
    const inTmux = await it.start({ command: ['cat'] })
    const inPty = await it.start({ command: ['cat'], backend: 'pty' })
    await it.killHost()
    expect((await it.exit(inPty)).failure).toContain('terminal host ended')
    await until(() => gapsOf(it, inTmux).length > 0, 'the other one')
  })

  test('the terminal host, also for a daemon that comes while the host still looks for it', async () => {
    await using it = await Harness.create({ backend: 'tmux' })
    const id = await it.start()
    await it.terminals.detach()
    await it.killHost()
    const path = join(it.folder, 'tmux', id)
    const processes = () => processesWith(argument => argument === path)
    await until(() => processes().length === 1, 'the end of the client that the host had')
    const [server = 0] = processes()
    process.kill(server, 'SIGSTOP')
    const socket = socketPathIn(it.folder)
    const host = spawn(process.execPath, [HOST, socket, 'test'], { stdio: 'ignore' })
    await until(() => connects(socket), 'the next host')
    const first = connect(socket)
    first.resume().write(controlFrame({ type: 'hello', protocol: PROTOCOL }))
    await until(() => processes().length > 1, 'the host to look')
    const second = HostLink.open(socket, it.clock)
    await once(first, 'close')
    process.kill(server, 'SIGCONT')
    const link = await second
    expect([link.pid, link.terminals.map(terminal => terminal.id)]).toEqual([host.pid, [id]])
    await link.close()
    await it.crash()
  })

  test('not its tmux server, and says so; the next session has a new one', async () => {
    await using it = await Harness.create({ backend: 'tmux' })
    const id = await it.start()
    onSocket(tmux, join(it.folder, 'tmux', id))('kill-server')
    expect(await it.exit(id)).toMatchObject({ failure: 'The tmux server of this session ended.' })
    const next = await it.start()
    expect((await it.run(next, 'echo fresh')).output).toBe('fresh\r\n')
  })

  test('not its pane, which hangs up on it', async () => {
    await using it = await Harness.create({ backend: 'tmux' })
    const id = await it.start()
    onSocket(tmux, join(it.folder, 'tmux', id))('kill-pane')
    expect(await it.exit(id)).toEqual({ exitCode: null, signal: 'SIGHUP' })
  })
})

test('what did not survive a restart of the computer is known to be gone when the daemon has started', async () => {
  await using it = await Harness.create({ backend: 'tmux' })
  const id = await it.start()
  const run = onSocket(tmux, join(it.folder, 'tmux', id))
  await it.terminals.detach()
  await it.killHost()
  run('kill-server')
  await it.crash()
  expect(it.sink.exits.get(id)?.failure).toBeDefined()
  expect((await it.run(await it.start(), 'echo fresh')).output).toBe('fresh\r\n')
})

test('nothing is left of sessions that have ended', async () => {
  await using it = await Harness.create({ backend: 'tmux' })
  const kept = await it.start()
  const [exiting, serverless, closed] = await Promise.all([it.start(), it.start(), it.start()])
  await it.submit(exiting, 'exit')
  await it.exit(exiting)
  onSocket(tmux, join(it.folder, 'tmux', serverless))('kill-server')
  await it.exit(serverless)
  await it.terminals.close(closed)
  await until(() => readdirSync(join(it.folder, 'tmux')).length === 2, 'the files of the others to go')
  expect(readdirSync(join(it.folder, 'tmux')).toSorted()).toEqual([kept, `${kept}.json`])
})

test('nothing is left of a start that the end of the host interrupted', async () => {
  await using settings = await Harness.create()
  const slow = join(settings.folder, 'slow.conf')
  const go = join(settings.folder, 'go')
  await writeFile(slow, `run-shell 'until test -e ${go}; do sleep 0.1; done'\n`)
  await using it = await Harness.create({ backend: 'tmux', tmuxConfig: slow })
  const starting = it.start({ command: ['cat'] })
  const refused = expect(starting).rejects.toMatchObject({ code: 'TC_ERR_TERMINAL_HOST' })
  const folder = join(it.folder, 'tmux')
  await until(() => existsSync(folder) && readdirSync(folder).some(name => !name.includes('.')), 'the server')
  await it.killHost()
  await refused
  await it.crash()
  await writeFile(go, '')
  await until(() => readdirSync(folder).length === 0, 'the files to go')
  expect(processesWith(argument => argument.startsWith(folder))).toEqual([])
  const next = await it.start({ command: ['echo', 'fresh'] })
  expect(await it.exit(next)).toMatchObject({ exitCode: 0 })
})

/** Whether somebody listens. */
async function connects(path: string): Promise<boolean> {
  const socket = connect(path)
  const isUp = await new Promise<boolean>(resolve => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  socket.destroy()
  return isUp
}
