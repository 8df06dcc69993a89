import { execFile } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { WatchItem } from '../../../core/operations/session-watch.ts'
import { PROTOCOL } from '../../../plugins/terminal/host/protocol.ts'
import { TestDaemon } from '../../support/daemon.ts'
import { until } from '../../support/until.ts'
import { endAtFullSpeed, numbers, printed, printedText, ready, wrongAt } from './printed-numbers.ts'

const SLOWLY = 'i=0; while [ $((i += 1)) -le 300 ]; do echo "n $i"; sleep 0.005; done'
test('SIGKILL of the daemon while a session prints at full speed: every number is there once, in order', () =>
  endAtFullSpeed('SIGKILL'))

describe.each(['SIGKILL', 'SIGTERM'] as const)('%s of the daemon while a session prints', signal => {
  test('slowly, three times: every number is there once, in order', async () => {
    const daemon = await TestDaemon.inTest()
    const id = await daemon.session()
    await daemon.input(id, SLOWLY)
    for (const number of [20, 100, 200]) {
      await printed(daemon, id, number)
      await daemon.restart(signal)
    }
    await ready(daemon, id)
    expect(wrongAt(await numbers(daemon, id), 300)).toBe(null)
    expect(await daemon.send(id, 'echo on')).toMatchObject({ output: 'on\n', completed_by: 'mark' })
  })

  test('the command that ran on has its exit code and its end in the journal', async () => {
    const daemon = await TestDaemon.inTest()
    const id = await daemon.session()
    const { cursor } = await daemon.input(
      id,
      'echo before; while [ ! -e ~/go ]; do sleep 0.01; done; echo after; (exit 5)',
    )
    await until(async () => (await daemon.read(id)).output.includes('\nbefore\n'), 'the command')
    await daemon.kill(signal)
    writeFileSync(join(daemon.home, 'go'), '')
    await daemon.start()
    await ready(daemon, id)
    const marks: unknown[] = []
    const onItem = (item: unknown) => {
      for (const entry of (item as WatchItem).entries) if (entry.kind === 'mark') marks.push(entry.mark)
    }
    await daemon.call('session.watch', { session_id: id, since: cursor, follow: false }, { onItem })
    expect(marks).toMatchObject([{ type: 'start' }, { type: 'end', exitCode: 5 }, { type: 'prompt' }])
    expect((await daemon.read(id, { since: cursor })).output).toContain('before\nafter\n')
  })
})

describe('a daemon that was stopped', () => {
  test('says how many sessions go on, and exits with 0', async () => {
    const daemon = await TestDaemon.inTest()
    await daemon.session()
    await daemon.session()
    expect(await daemon.kill('SIGTERM')).toBe(0)
    expect(daemon.printed).toMatch(/2 sessions go on; end them with: .*stop --sessions\n$/)
  })

  test('what ended meanwhile is closed with its exit code, and all it printed is there', async () => {
    const daemon = await TestDaemon.inTest()
    const id = await daemon.session()
    const pid = (await daemon.get(id)).terminal.pid
    await daemon.input(id, 'while [ ! -e ~/go ]; do sleep 0.01; done; seq -f "n %.0f" 1 1000; exit 7')
    await daemon.kill('SIGKILL')
    writeFileSync(join(daemon.home, 'go'), '')
    await until(() => !readable(`/proc/${pid}/stat`), 'the end of the shell')
    await daemon.start()
    expect(await daemon.get(id)).toMatchObject({
      state: 'closed',
      exitCode: 7,
      closeReason: 'exited with code 7',
    })
    expect(wrongAt(await numbers(daemon, id), 1000)).toBe(null)
  })
})

test('a daemon of the next version, whose host protocol has a newer version too, takes over what an older one started', async () => {
  const daemon = await TestDaemon.inTest()
  const id = await daemon.session()
  await daemon.input(id, SLOWLY)
  await printed(daemon, id, 50)
  const { version } = await daemon.status()
  await daemon.kill('SIGTERM')
  daemon.root = nextVersion(daemon.root, join(daemon.home, 'next'))
  await daemon.start()
  expect((await daemon.status()).version).toBe('99.0.0')
  expect(version).not.toBe('99.0.0')
  await ready(daemon, id)
  expect(wrongAt(await numbers(daemon, id), 300)).toBe(null)
  expect(await daemon.send(id, 'echo on')).toMatchObject({ output: 'on\n', completed_by: 'mark' })
  expect(await aboutTheHost(daemon)).toMatchObject({
    level: 'warn',
    what: expect.stringContaining(`version ${version}, this program of 99.0.0`),
    fix: expect.stringContaining('stop --sessions && '),
  })
})

test('a host of the version before goes on under this daemon, which presses Enter itself', async () => {
  const daemon = await TestDaemon.inTest()
  await daemon.kill('SIGTERM')
  const current = daemon.root
  daemon.root = versionBefore(current, join(daemon.home, 'before'))
  await daemon.start()
  const id = await daemon.session()
  await daemon.kill('SIGTERM')
  daemon.root = current
  await daemon.start()
  await ready(daemon, id)
  expect(await daemon.send(id, 'echo on')).toMatchObject({ output: 'on\n', completed_by: 'mark' })
  await daemon.input(id, String.raw`printf '\e[?2004h%s\n' wait""ing; read -r line; echo "got <$line>"`)
  await printedText(daemon, id, 'waiting\r\n')
  expect(await daemon.send(id, 'all of it')).toMatchObject({
    output: expect.stringContaining('got <all of it>'),
  })
  const older = new RegExp(`protocol 1.*this program ${PROTOCOL.max}`)
  expect(await aboutTheHost(daemon)).toMatchObject({ level: 'warn', what: expect.stringMatching(older) })
})

test('a host that speaks no version of this daemon is left alone, and it is said what to do', async () => {
  const daemon = await TestDaemon.inTest()
  await daemon.session()
  await daemon.kill('SIGTERM')
  const current = daemon.root
  daemon.root = join(daemon.home, 'far')
  copyProgram(current, daemon.root)
  edit(join(daemon.root, 'plugins/terminal/host/protocol.ts'), SPOKEN, 'min: 8, max: 9')
  await expect(daemon.start()).rejects.toThrow(
    new RegExp(`versions ${PROTOCOL.min} to ${PROTOCOL.max}, the daemon 8 to 9.*kill \\d+`, 's'),
  )
  daemon.root = current
  await daemon.start()
})

/** What `teleclaude doctor` of the program that the daemon runs now says of the terminals' host. */
async function aboutTheHost({ root, env, home }: TestDaemon): Promise<unknown> {
  const { stdout } = await promisify(execFile)(join(root, 'bin/teleclaude'), ['doctor', '--json'], {
    env,
    cwd: home,
  })
  const { checks } = JSON.parse(stdout) as { checks: { id: string }[] }
  return checks.find(({ id }) => id === 'pty-host')
}

/** As the source has it. */
const SPOKEN = `min: ${PROTOCOL.min}, max: ${PROTOCOL.max}`

/** The program as it was: its host does not know how to press Enter behind a text. */
function versionBefore(from: string, to: string): string {
  copyProgram(from, to)
  const host = join(to, 'plugins/terminal/host')
  edit(join(host, 'protocol.ts'), SPOKEN, 'min: 1, max: 1')
  edit(join(host, 'daemon-connection.ts'), 'type === FRAME_SUBMIT', 'type === FRAME_SUBMIT + 100')
  return to
}

/** The program as it may be next: a copy with another version, and one more version of the protocol to the host. */
function nextVersion(from: string, to: string): string {
  copyProgram(from, to)
  edit(join(to, 'package.json'), /"version": "[^"]*"/, '"version": "99.0.0"')
  edit(join(to, 'plugins/terminal/host/protocol.ts'), SPOKEN, `min: 1, max: ${PROTOCOL.max + 1}`)
  return to
}

function copyProgram(from: string, to: string): void {
  for (const part of ['bin', 'core', 'plugins', 'package.json'])
    cpSync(join(from, part), join(to, part), { recursive: true })
  symlinkSync(join(from, 'node_modules'), join(to, 'node_modules'))
}

function edit(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(file, 'utf8')
  expect(text).toMatch(from)
  writeFileSync(file, text.replace(from, to))
}

function readable(path: string): boolean {
  try {
    return readFileSync(path).length > 0
  } catch {
    return false
  }
}
