import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { controlFrame } from '../../../plugins/terminal/host/frames.ts'
import { findOrStartHost, socketPathIn } from '../../../plugins/terminal/host/launch.ts'
import { PROTOCOL } from '../../../plugins/terminal/host/protocol.ts'
import { until } from '../../support/until.ts'
import { Harness } from './harness.ts'

const COUNT = ['bash', '-c', 'for ((i=1;i<=20000;i++)); do echo "n$i"; done; sleep 100']
const counted = Array.from({ length: 20_000 }, (_, i) => `n${i + 1}\r\n`).join('')

async function allCounted(it: Harness, id: Parameters<Harness['exit']>[0]): Promise<void> {
  await until(() => it.sink.raw(id).endsWith('n20000\r\n'), 'the last number')
  expect(it.sink.raw(id)).toBe(counted)
}

describe('a terminal outlives its daemon:', () => {
  test('one that stops and starts again', async () => {
    await using it = await Harness.create()
    const id = await it.start({ command: COUNT })
    await until(() => it.sink.of(id).length > 3)
    await it.restart()
    await allCounted(it, id)
  })

  test('one that crashes at any moment, again and again', async () => {
    await using it = await Harness.create({ highWaterBytes: 16 * 1024 })
    const id = await it.start({ command: COUNT })
    for (let crashes = 0; crashes < 8; crashes++) {
      const before = it.sink.of(id).length
      await until(() => it.sink.of(id).length > before || it.sink.raw(id).endsWith('n20000\r\n'))
      await it.crash()
    }
    await allCounted(it, id)
  })

  test('one that dies between a commit and its acknowledgement', async () => {
    await using it = await Harness.create({ highWaterBytes: 16 * 1024 })
    const id = await it.start({ command: COUNT })
    for (let crashes = 0; crashes < 4; crashes++) {
      it.sink.isAnswerLost = true
      const before = it.sink.of(id).length
      await until(() => it.sink.of(id).length > before || it.sink.raw(id).endsWith('n20000\r\n'))
      it.sink.isAnswerLost = false
      await it.crash()
    }
    await allCounted(it, id)
  })

  test('marks, modes and the prompt are known to the next one', async () => {
    await using it = await Harness.create()
    const id = await it.start()
    await it.run(id, 'cd /tmp')
    await it.restart()
    expect(it.terminals.isAtPrompt(id)).toBe(true)
    const ran = await it.run(id, 'pwd')
    expect(ran.output).toBe('/tmp\r\n')
    await it.submit(id, 'read x; (exit 4)')
    await until(() => it.sink.marks(id).at(-1)?.type === 'start')
    await it.crash()
    expect(it.terminals.isAtPrompt(id)).toBe(false)
    await it.submit(id, 'go on')
    await until(() => it.terminals.isAtPrompt(id))
    expect(it.sink.marks(id).at(-2)).toMatchObject({ type: 'end', exitCode: 4, cwd: '/tmp' })
  })

  test('one that dies between a text and the Enter that follows its echo', async () => {
    await using it = await Harness.create()
    const id = await it.start({
      command: ['bash', '-c', 'stty -echo; printf "\\e[?2004h"; read -r x; echo "got <$x>"; cat'],
    })
    await until(() => it.sink.raw(id).includes('2004h'), 'a program that takes pasted text')
    void it.submit(id, 'all of it').catch(() => {})
    await it.crash()
    await until(() => it.sink.text(id).includes('got <all of it>'), 'the text with its Enter')
  })

  test('an end while no daemon ran is told to the next one, with all of the output', async () => {
    await using it = await Harness.create()
    const id = await it.start({ command: ['bash', '-c', 'read; echo last words; exit 9'] })
    await it.terminals.write(id, { type: 'text', text: '', submit: true })
    await it.restart()
    expect(await it.exit(id)).toEqual({ exitCode: 9, signal: null })
    expect(it.sink.text(id)).toContain('last words\r\n')
  })
})

describe('the terminal host', () => {
  test('that dies takes its terminals with it, says so, and is replaced at the next start', async () => {
    await using it = await Harness.create()
    const id = await it.start({ command: ['cat'] })
    const log = await readFile(`${it.folder}/pty-host.log`, 'utf8')
    process.kill(Number(/pty-host (\d+)/.exec(log)?.[1]), 'SIGKILL')
    expect((await it.exit(id)).failure).toContain('terminal host ended')
    await expect(it.submit(id, 'x')).rejects.toMatchObject({ code: 'TC_ERR_SESSION_CLOSED' })
    const next = await it.start({ command: ['echo', 'again'] })
    expect(await it.exit(next)).toMatchObject({ exitCode: 0 })
  })

  test('is private, and ends by itself when nobody needs it', async () => {
    const it = await Harness.create()
    const id = await it.start({ command: ['true'] })
    await it.exit(id)
    const [socket, log] = await Promise.all([
      stat(`${it.folder}/pty-host.sock`),
      stat(`${it.folder}/pty-host.log`),
    ])
    expect([socket.mode & 0o777, log.mode & 0o777]).toEqual([0o600, 0o600])
    const pid = Number(/pty-host (\d+)/.exec(await readFile(`${it.folder}/pty-host.log`, 'utf8'))?.[1])
    await it.terminals.detach()
    await until(() => !isAlive(pid), 'the end of the host')
    await it[Symbol.asyncDispose]()
  })

  test.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a frame that is too long', Buffer.from([0xff, 0xff, 0xff, 0xff, 0])],
    ['a control frame that is no JSON', Buffer.from([0, 0, 0, 3, 0, 0x7b, 0x7b])],
    ['a spawn before hello', frame('{"type":"spawn","request":1}')],
    ['a version it does not speak', frame('{"type":"hello","protocol":{"min":99,"max":99}}')],
  ])('closes the connection at %s, and its terminals notice nothing', async (_name, bytes) => {
    await using it = await Harness.create()
    const id = await it.start()
    const socket = connect(`${it.folder}/pty-host.sock`)
    socket.on('error', () => {})
    socket.write(bytes)
    socket.resume()
    await once(socket, 'close')
    expect((await it.run(id, 'echo fine')).output).toBe('fine\r\n')
  })

  test('whose state folder was removed ends its terminals and itself', async () => {
    const it = await Harness.create()
    await it.start({ command: ['cat'] })
    const pid = Number(/pty-host (\d+)/.exec(await readFile(`${it.folder}/pty-host.log`, 'utf8'))?.[1])
    await it.terminals.detach()
    await rm(it.folder, { recursive: true })
    await until(() => !isAlive(pid), 'the end of the host', 15_000)
  })

  test('started twice at once is one host in the end', async () => {
    await using it = await Harness.create()
    const links = await Promise.all([
      findOrStartHost(it.folder, it.clock),
      findOrStartHost(it.folder, it.clock),
    ])
    const id = await it.start({ command: ['echo', 'one'] })
    await it.exit(id)
    await Promise.all(links.map(link => link.close()))
    const hosts = async () => {
      const log = await readFile(`${it.folder}/pty-host.log`, 'utf8')
      return [...new Set([...log.matchAll(/pty-host (\d+)/g)].map(([, pid]) => Number(pid)))]
    }
    const started = await until(async () => ((await hosts()).length === 2 ? hosts() : null), 'two hosts')
    await until(() => started.filter(isAlive).length === 1, 'one host alone')
  })

  test.runIf(process.platform === 'linux')('goes on when there is no room for its log', async () => {
    await using it = await Harness.create()
    await using full = await open('/dev/full', 'a')
    const main = join(import.meta.dirname, '../../../plugins/terminal/host/main.ts')
    const args = [...process.execArgv, main, `${it.folder}/pty-host.sock`]
    const host = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', full.fd] })
    const link = await until(() => it.link(), 'the host')
    const said = once(host, 'exit')
    await link.close()
    const id = await it.start({ command: ['echo', 'fine'] })
    expect(await it.exit(id)).toMatchObject({ exitCode: 0 })
    await it.terminals.detach()
    expect(await said).toEqual([0, null])
  })

  test('starts nothing for a daemon whose place another one has taken', async () => {
    await using it = await Harness.create()
    await it.start({ command: ['cat'] })
    const before = connect(socketPathIn(it.folder))
    before.write(controlFrame({ type: 'hello', protocol: PROTOCOL }))
    await once(before, 'data')
    // It hears of nothing any more.
    before.pause()
    await it.crash()
    const retention = { highWaterBytes: 1e6, ringBytes: 1e6, pauseMs: 1000 }
    const program = { file: '/bin/cat', args: [], env: {}, cwd: it.folder, cols: 80, rows: 24 }
    before.write(
      controlFrame({ type: 'spawn', request: 1, id: 'of-nobody', ...program, retention, meta: null }),
    )
    before.end()
    before.resume()
    await once(before, 'close')
    const link = await it.link()
    expect(link?.terminals.map(({ id }) => id)).not.toContain('of-nobody')
    await link?.close()
    await it.crash()
  })

  test('says so when the path of its socket is too long', async () => {
    await using it = await Harness.create()
    const folder = `${it.folder}/${'x'.repeat(100)}`
    await expect(findOrStartHost(folder, it.clock)).rejects.toMatchObject({ code: 'TC_ERR_STATE_DIR' })
  })

  test('gives no terminal the files of another', async () => {
    await using it = await Harness.create()
    await it.start()
    const id = await it.start({ command: ['ls', '/proc/self/fd'] })
    await it.exit(id)
    expect(it.sink.text(id).trim().split(/\s+/)).toEqual(['0', '1', '2', '3'])
  })
})

describe('output that nobody takes', () => {
  test('makes the program wait, and is all there when it is taken', async () => {
    await using it = await Harness.create()
    let release = () => {}
    it.sink.blocked = new Promise(resolve => {
      release = resolve
    })
    const id = await it.start({ command: ['bash', '-c', 'seq 1 300000; echo $SECONDS'] })
    release()
    expect(await it.exit(id)).toMatchObject({ exitCode: 0 })
    const lines = it.sink.raw(id).split('\r\n')
    expect(lines.length).toBe(300_002)
    expect(lines[299_999]).toBe('300000')
  })

  test('is lost oldest first once patience is over, and the gap says how much', async () => {
    await using it = await Harness.create({ highWaterBytes: 16 * 1024, ringBytes: 64 * 1024, pauseMs: 50 })
    let release = () => {}
    it.sink.blocked = new Promise(resolve => {
      release = resolve
    })
    const id = await it.start({ command: ['bash', '-c', 'seq 1 100000; echo done > finished; sleep 100'] })
    await until(() => stat(`${it.folder}/finished`).catch(() => null), 'the program to finish')
    release()
    await until(() => it.sink.raw(id).endsWith('100000\r\n'))
    const gaps = it.sink.of(id).flatMap(entry => (entry.kind === 'gap' ? [entry.bytes] : []))
    const all = Array.from({ length: 100_000 }, (_, i) => `${i + 1}\r\n`).join('')
    expect(gaps.reduce((a, b) => a + b, 0) + it.sink.raw(id).length).toBe(all.length)
    expect(gaps.length).toBeGreaterThan(0)
  })

  test('at the end of a program is not cut off', async () => {
    await using it = await Harness.create({ highWaterBytes: 16 * 1024 })
    let release = () => {}
    it.sink.blocked = new Promise(resolve => {
      release = resolve
    })
    const id = await it.start({ command: ['bash', '-c', 'seq 1 5000; exit 3'] })
    await it.terminals.write(id, { type: 'text', text: 'x', submit: false })
    release()
    expect(await it.exit(id)).toMatchObject({ exitCode: 3 })
    expect(it.sink.raw(id).split('\r\n').at(-2)).toBe('5000')
  })

  test('of a background program does not delay the end', async () => {
    await using it = await Harness.create()
    const id = await it.start({ command: ['bash', '-c', '(trap "" HUP; sleep 100) & echo over'] })
    expect(await it.exit(id)).toMatchObject({ exitCode: 0 })
    expect(it.sink.text(id)).toBe('over\r\n')
  })
})

test('a session in which nothing happens is closed after idleTimeoutMs, and says why', async () => {
  await using it = await Harness.create({ idleTimeoutMs: 1000 })
  const id = await it.start({ command: ['cat'] })
  expect(await it.exit(id)).toMatchObject({ signal: 'SIGHUP' })
  expect(it.sink.of(id).at(-1)).toMatchObject({ kind: 'notice' })
})

function frame(json: string): Buffer {
  const bytes = Buffer.alloc(5 + json.length)
  bytes.writeUInt32BE(json.length + 1)
  bytes.write(json, 5)
  return bytes
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
