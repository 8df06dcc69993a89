import { createHash } from 'node:crypto'
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findProgram } from '../../support/debian.ts'
import { processesWith } from '../../support/processes.ts'
import { onTerminal } from '../../support/pty.ts'
import { onSocket } from '../../support/tmux.ts'
import { block, keptMiB, serversOf, untilWaiting, written } from '../../support/tmux-hold.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'
import { Harness } from './harness.ts'

const tmux = await findProgram(tmuxProgram)

describe('a program in tmux', () => {
  let it: Harness
  beforeAll(async () => {
    it = await Harness.create({ backend: 'tmux' })
  })
  afterAll(() => it[Symbol.asyncDispose]())

  test.each([
    [['bash', '-c', 'echo out; exit 3'], { exitCode: 3, signal: null }, 'out\r\n'],
    [['true'], { exitCode: 0, signal: null }, ''],
    [['bash', '-c', 'printf "\\e]7331;;\\a"; echo more; exit 2'], { exitCode: 2, signal: null }, 'more\r\n'],
    // As shells say it: which of both it was is not known.
    [['bash', '-c', 'kill -TERM $$'], { exitCode: 143, signal: null }, ''],
    [['bash', '-c', 'exit 143'], { exitCode: 143, signal: null }, ''],
  ])('%j ends with its code, and all that it printed is there', async (command, exit, output) => {
    const id = await it.start({ command })
    expect(await it.exit(id)).toEqual(exit)
    expect(it.sink.text(id)).toBe(output)
  })

  test('that ends at once loses nothing of its last words, however often', async () => {
    for (let i = 0; i < 8; i++) {
      const id = await it.start({ command: ['seq', '1', '3000'] })
      await it.exit(id)
      expect(it.sink.raw(id).length).toBe(16_893)
    }
  })

  test('gets its arguments, folder and variables as they are, whatever tmux and shells would read into them', async () => {
    const odd = `a b\n"c" 'd' $HOME #{pane_id} #(touch x) %H ; \\;\\ {e} ~ é \u{1f600}`
    const cwd = join(it.folder, `o'd d;#{pid}$x`)
    await mkdir(cwd)
    const command = [
      'sh',
      '-c',
      'stty -onlcr; printf "%s|" "$@" "$ODD" "$PWD" "$(pwd)"',
      '-',
      odd,
      '',
      ';',
      'x;',
    ]
    const id = await it.start({ command, cwd, env: { ODD: odd } })
    await it.exit(id)
    expect(it.sink.text(id)).toBe([odd, '', ';', 'x;', odd, cwd, cwd, ''].join('|'))
  })

  test('is hung up on when it is closed, and killed when it does not listen', async () => {
    const polite = await it.start({ command: ['cat'] })
    const deaf = await it.start({
      command: ['bash', '-c', 'trap "" HUP; echo deaf; while :; do read -t 1; done'],
    })
    await until(() => it.sink.text(deaf).includes('deaf'))
    await Promise.all([it.terminals.close(polite), it.terminals.close(deaf)])
    expect(await it.exit(polite)).toEqual({ exitCode: null, signal: 'SIGHUP' })
    expect(await it.exit(deaf)).toEqual({ exitCode: null, signal: 'SIGKILL' })
    await until(
      () => [...serversOf(it, polite), ...serversOf(it, deaf)].length === 0,
      'the end of the servers',
    )
  })

  test('reads what is typed byte for byte, and much of it', async () => {
    const id = await it.start({
      command: ['bash', '-c', 'stty raw -echo; echo ready; head -c 100000 | md5sum; head -c 8 | od -An -tx1'],
    })
    await until(() => it.sink.text(id).includes('ready'))
    await it.terminals.write(id, { type: 'raw', data: 'abcde'.repeat(20_000) })
    await it.terminals.write(id, { type: 'raw', data: '\x1b[200~\0\xff' })
    await it.exit(id)
    expect(it.sink.text(id)).toContain(createHash('md5').update('abcde'.repeat(20_000)).digest('hex'))
    expect(it.sink.text(id)).toContain('1b 5b 32 30 30 7e 00 c3')
  })

  test('that does not read what is typed has no more than a limit kept for it', async () => {
    const id = await it.start({ command: ['bash', '-c', 'stty raw -echo; echo ready; sleep 100'] })
    await until(() => it.sink.text(id).includes('ready'))
    const type = () => it.terminals.write(id, { type: 'raw', data: 'x'.repeat(300_000) })
    for (let i = 0; i < 3; i++) await type()
    await expect(type()).rejects.toMatchObject({ code: 'TC_ERR_INPUT_FULL' })
  })
})

describe('output that nobody takes', () => {
  test('makes the program wait, with little of it in tmux, and nothing of it is missing', async () => {
    await using it = await Harness.create({ backend: 'tmux' })
    const id = await it.start({ command: ['bash', '-c', 'read; exec seq 1 100000000'] })
    const pid = it.sink.sessions.get(id)?.terminal.pid ?? 0
    let blocked = block(it)
    await it.terminals.write(id, { type: 'raw', data: '\r' })
    try {
      for (let holds = 0; holds < 3; holds++) {
        await untilWaiting(pid)
        expect(keptMiB(it, id)).toBeLessThan(16)
        const before = written(pid)
        blocked.release()
        await until(() => written(pid) !== before, 'it to go on')
        blocked = block(it)
      }
    } finally {
      // What is blocked could not be closed.
      blocked.release()
    }
    const closing = it.terminals.close(id)
    await Promise.all([closing, it.exit(id)])
    const lines = it.sink.raw(id).split('\r\n').slice(1, -1)
    expect(lines.length).toBeGreaterThan(10_000)
    expect(lines.findIndex((line, at) => line !== String(at + 1))).toBe(-1)
  })

  test('is all there in the end, and the program has ended by itself', async () => {
    await using it = await Harness.create({ backend: 'tmux' })
    let release = () => {}
    it.sink.blocked = new Promise(resolve => {
      release = resolve
    })
    const id = await it.start({ command: ['bash', '-c', 'read; seq 1 2000000; seq 2000001 2000002'] })
    await it.terminals.write(id, { type: 'raw', data: '\r' })
    await until(() => processesWith(argument => argument === '2000000').length > 0, 'the program')
    release()
    expect(await it.exit(id)).toMatchObject({ exitCode: 0 })
    const lines = it.sink.raw(id).split('\r\n')
    expect([lines.length, lines[2_000_002]]).toEqual([2_000_004, '2000002'])
  })

  test('is lost oldest first, counted, where a person looks on: tmux makes nobody wait for us then', async () => {
    await using it = await Harness.create({
      backend: 'tmux',
      highWaterBytes: 16 * 1024,
      ringBytes: 64 * 1024,
    })
    let release = () => {}
    it.sink.blocked = new Promise(resolve => {
      release = resolve
    })
    const id = await it.start({ command: ['bash', '-c', 'read; seq 1 200000; touch finished; sleep 100'] })
    const socket = join(it.folder, 'tmux', id)
    const env = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TERM: 'xterm-256color', ...tmux.env }
    const ada = onTerminal([tmux.path, '-S', socket, 'attach'], { env, cwd: '/' })
    await until(() => onSocket(tmux, socket)('list-clients').trim().split('\n').length === 2, 'the person')
    ada.types('\r')
    await until(() => stat(`${it.folder}/finished`).catch(() => null), 'the program to finish')
    release()
    await until(() => it.sink.raw(id).includes('200000\r\n'), 'the last line')
    const gaps = it.sink.of(id).flatMap(entry => (entry.kind === 'gap' ? [entry.bytes] : []))
    const all = `\r\n${Array.from({ length: 200_000 }, (_, i) => `${i + 1}\r\n`).join('')}`
    expect(gaps.reduce((a, b) => a + b, 0) + it.sink.raw(id).length).toBe(all.length)
  })
})

test('a backend that there is not is refused, with those that there are', async () => {
  await using it = await Harness.create()
  await expect(it.start({ backend: 'screen' })).rejects.toMatchObject({
    code: 'TC_ERR_BACKEND',
    message: "There is no backend 'screen' for terminals. There are: pty, tmux.",
  })
})

describe('tmux', () => {
  test.each([
    ['is missing', { tmuxProgram: '/no/such/tmux' }, /no\/such\/tmux cannot be run.*Install/],
    ['is too old', { tmuxProgram: 'old' }, /'tmux 3\.1c', and 3\.2 or newer is needed/],
  ])('that %s is a clear error, and pty works all the same', async (_what, settings, message) => {
    await using it = await Harness.create()
    const old = join(it.folder, 'tmux-old')
    await writeFile(old, '#!/bin/sh\necho tmux 3.1c\n')
    await chmod(old, 0o755)
    const tmuxProgram = settings.tmuxProgram === 'old' ? old : settings.tmuxProgram
    await using other = await Harness.create({ backend: 'tmux', tmuxProgram })
    await expect(other.start()).rejects.toMatchObject({
      code: 'TC_ERR_BACKEND',
      message: expect.stringMatching(message),
    })
    const id = await it.start({ command: ['echo', 'pty'] })
    expect(await it.exit(id)).toMatchObject({ exitCode: 0 })
  })

  test.each(['tmux next-3.8', 'tmux master'])('that calls itself %s is used', async version => {
    await using it = await Harness.create()
    const newer = join(it.folder, 'tmux-newer')
    await writeFile(newer, `#!/bin/sh\n[ "$1" = -V ] && { echo ${version}; exit; }\nexec ${tmux.path} "$@"\n`)
    await chmod(newer, 0o755)
    await using other = await Harness.create({ backend: 'tmux', tmuxProgram: newer })
    const id = await other.start()
    expect((await other.run(id, 'echo one\necho two')).output).toContain('two\r\n')
    // What `tmux` alone would start may be too old to speak with the server.
    expect(other.sink.sessions.get(id)?.terminal.attachWith).toMatch(`${newer} -S `)
  })
})
