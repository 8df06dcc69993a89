import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { Session } from '../../../core/sessions/session.ts'
import { commandLine } from '../../support/command-line.ts'
import { TestMesh } from '../../support/mesh.ts'
import { onTerminal } from '../../support/pty.ts'
import { until } from '../../support/until.ts'

const BIN = resolve(import.meta.dirname, '../../../bin/teleclaude')

const mesh = TestMesh.forFile(['macbook', 'workstation'])
const macbook = () => mesh().daemon('macbook')
const workstation = () => mesh().daemon('workstation')
const teleclaude = () => commandLine(macbook().home)

/** `run` on the workstation, from the macbook. */
const run = (...command: string[]) => teleclaude().run(['run', '--computer', 'workstation', '--', ...command])
const startRun = (...command: string[]) =>
  teleclaude().start(['run', '--computer', 'workstation', '--', ...command])

/** Somebody on the macbook who works in a session on the workstation. */
async function attached(title: string) {
  const id = await macbook().session({ title, computer: 'workstation' })
  const { env, home } = macbook()
  const line = '"$0" session attach "$1"; echo "code $?"; stty -a; echo over'
  const person = onTerminal(['sh', '-c', line, BIN, id], { env, cwd: home })
  await person.shows('detach with ctrl-]')
  await person.shows('$ ')
  return { ...person, id }
}

/** What ran on the workstation, the newest first. */
async function runsThere(): Promise<readonly Session[]> {
  const { sessions } = await workstation().call<{ sessions: Session[] }>('session.list')
  return sessions.filter(({ kind }) => kind === 'run')
}

test.each([
  ['of a command', ['sh', '-c', 'exit 7'], 7],
  ['of a command that a signal ended', ['sh', '-c', 'kill -9 $$'], 137],
  ['127 of a command that is not there', ['no-such-program'], 127],
])('run exits elsewhere as here with the code %s', async (_what, command, code) => {
  expect(await run(...command)).toMatchObject({ code, stdout: '' })
})

test('much output arrives whole through a pipe', async () => {
  const { code, stdout } = await run('seq', '100000')
  expect([code, stdout]).toEqual([0, Array.from({ length: 100_000 }, (_, at) => `${at + 1}\n`).join('')])
})

test('run needs no terminal, and its command elsewhere sees none of its input', async () => {
  const gate = join(workstation().home, 'read')
  const running = startRun('sh', '-c', `read -r line && echo "got $line" > ${gate}`)
  running.child.stdin?.end('typed here\n')
  await until(async () => (await runsThere())[0]?.state === 'ready', 'the command')
  const [session] = await runsThere()
  await workstation().call('session.keys', { session_id: session?.id, keys: ['x', 'enter'] })
  expect((await running.ended).code).toBe(0)
  expect(existsSync(gate)).toBe(true)
})

test('Ctrl-C interrupts the command elsewhere, and what it prints of it still comes', async () => {
  const running = startRun(
    'sh',
    '-c',
    'trap "echo interrupted; exit 3" INT; echo begun; while :; do sleep 0.05; done',
  )
  await until(() => running.stdout() === 'begun\n', 'the beginning')
  running.child.kill('SIGINT')
  const { code, stdout } = await running.ended
  expect(code).toBe(3)
  expect(stdout).toMatch(/^begun\n(\^C)?interrupted\n$/)
})

test('a second Ctrl-C ends what does not listen, there too', async () => {
  const running = startRun('sh', '-c', 'trap "echo no" INT; echo begun; while :; do sleep 0.05; done')
  await until(() => running.stdout() === 'begun\n', 'the beginning')
  running.child.kill('SIGINT')
  await until(() => running.stdout().includes('no\n'), 'the answer')
  running.child.kill('SIGINT')
  expect((await running.ended).code).toBe(130)
  await until(async () => (await runsThere())[0]?.state === 'closed', 'the end there')
})

test('when nobody reads its output any more, run ends the command elsewhere and is silent', async () => {
  const running = startRun('yes')
  await until(() => running.stdout().length > 1000, 'some output')
  running.child.stdout?.destroy()
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
  await until(async () => (await runsThere())[0]?.state === 'closed', 'the end there')
})

test('sessions that were started from here are listed with where they are, and by computer', async () => {
  const here = await macbook().session({ title: 'at home' })
  const there = await macbook().session({ title: 'away', computer: 'workstation' })
  const { stdout } = await teleclaude().run(['session', 'list', '--state', 'live'])
  const lineOf = (id: string) => stdout.split('\n').find(line => line.startsWith(id))
  expect(lineOf(here)).toMatch(/ macbook .* at home$/)
  expect(lineOf(there)).toMatch(/ workstation .* away$/)
  const listed = await teleclaude().run(['session', 'list', '--computer', 'workstation', '--state', 'live'])
  expect(listed.stdout).toContain(there)
  expect(listed.stdout).not.toContain(here)
  expect((await teleclaude().run(['session', 'get', there])).stdout).toContain(
    '$macbook > $workstation - away',
  )
})

test('session read --follow prints what was printed elsewhere, what comes, and ends with the session', async () => {
  const id = await macbook().session({ title: 'followed', computer: 'workstation' })
  await workstation().send(id, 'echo before')
  const following = teleclaude().start(['session', 'read', id, '--follow'])
  await until(() => following.stdout().includes('\nbefore\n'), 'what was there')
  await workstation().send(id, 'echo after')
  await until(() => following.stdout().includes('\nafter\n'), 'what came')
  await workstation().call('session.close', { session_id: id })
  const { code, stdout } = await following.ended
  expect(code).toBe(0)
  expect(stdout.match(/^(before|after)$/gm)).toEqual(['before', 'after'])
})

test('session send prints the output elsewhere as it comes', async () => {
  const id = await macbook().session({ title: 'sent to', computer: 'workstation' })
  const gate = join(workstation().home, 'sent')
  const message = `echo first; until [ -e ${gate} ]; do sleep 0.02; done; echo second`
  const sending = teleclaude().start(['session', 'send', id, message])
  await until(() => sending.stdout() === 'first\n', 'the first line')
  writeFileSync(gate, '')
  expect(await sending.ended).toMatchObject({ code: 0, stdout: 'first\nsecond\n' })
})

test('session attach works elsewhere as here: keys, size, a full screen, and leaving it', async () => {
  const at = await attached('attached')
  const there = () => workstation().get(at.id)
  at.types('echo one-$((1 + 1)); stty size\r')
  await at.shows('one-2')
  await at.shows('50 200')
  at.resize(91, 31)
  await until(async () => (await there()).terminal.cols === 91, 'the size there')
  at.types("printf '\\e[?1049h\\e[Hfull'; read -r; printf '\\e[?1049l'\r")
  await at.shows('\x1b[?1049h')
  at.types('\r')
  await at.shows('\x1b[?1049l')
  at.types('echo asleep-$((1 + 1)); sleep 1000\r')
  await at.shows('asleep-2')
  at.types('\x03')
  await until(async () => (await there()).state === 'ready', 'the prompt')
  at.types('echo still $((40 + 2))\r')
  await at.shows('still 42')
  at.types('\x1d')
  await at.shows('[detached; the session goes on.')
  await at.shows('code 0')
  await at.shows('over')
  for (const setting of [/[^-]icanon/, /[^-]isig/, /[^-]echo /]) expect(at.shown()).toMatch(setting)
  expect((await workstation().send(at.id, 'echo goes on')).output).toBe('goes on\n')
})

test('an attachment elsewhere ends with its session, and says so', async () => {
  const at = await attached('to end')
  at.types('exit 5\r')
  await at.shows(`[session ${at.id} has ended]`)
  await at.shows('code 0')
})

/** What is pressed before everybody is back may go nowhere, so it is pressed once more. */
async function isBack(at: Awaited<ReturnType<typeof attached>>): Promise<void> {
  await until(async () => {
    at.types('echo back-$((1 + 1))\r')
    return (await workstation().readAll(at.id)).output.includes('back-2')
  }, 'an answer')
  await at.shows('back-2')
  at.types('\x1d')
  await at.shows('[detached')
}

test.each([
  ['its own daemon', macbook],
  ["the session's daemon", workstation],
])('an attachment elsewhere outlives a restart of %s', async (_what, daemon) => {
  const at = await attached('lasting')
  await daemon().restart('SIGKILL')
  await isBack(at)
})

test('an attachment elsewhere outlives an outage of Redis, and says that keys are lost meanwhile', async () => {
  const at = await attached('cut off')
  await mesh().redis.stop()
  await until(async () => (await macbook().status()).mesh?.problem, 'the outage')
  at.types('echo lo')
  await at.shows('keys are lost (TC_ERR_TRANSPORT)')
  await workstation().send(at.id, 'echo printed-$((1 + 1))')
  await mesh().redis.start()
  await at.shows('printed-2')
  await isBack(at)
  expect((await workstation().readAll(at.id)).output).not.toContain('echo lo')
})

test('status, computers, peers and doctor tell how it is', async () => {
  await mesh().acquainted()
  const { stdout: status } = await teleclaude().run(['status'])
  expect(status).toMatch(/^mesh +1 of 1 other computers online, this one is SHA256:/m)
  expect(status).toMatch(/^traffic +\d+ sent, \d+ received/m)
  const names = Object.keys((await macbook().status()).mesh?.counts ?? {})
  expect(names).toContain('answers_on_the_way')
  expect(names.filter(name => !/^[a-z]+(_[a-z]+)*$/.test(name))).toEqual([])
  expect((await teleclaude().run(['computers'])).stdout).toMatch(/^workstation +online /m)
  expect((await teleclaude().run(['peers', 'list'])).stdout).toMatch(/^workstation +online +everything/m)
  const doctor = await teleclaude().run(['doctor', '--config', join(macbook().home, 'config.json')])
  expect(doctor.stdout).toMatch(/^ok +mesh +1 of 1 other computers online$/m)
  expect(doctor.stdout).toMatch(/^ok +redis +Redis \(.*\) answers and takes writes/m)
})
