import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TestDaemon } from '../support/daemon.ts'
import { until } from '../support/until.ts'

const daemon = TestDaemon.forFile({ files: { '.bashrc': "PS1='$ '" } })

/** A session in which somebody is attached to another one: its terminal is the terminal of `session attach`. */
async function attached(): Promise<{ inner: string; outer: string }> {
  const inner = await daemon.session()
  const outer = await daemon.session()
  await daemon.input(outer, `${join(daemon.root, 'bin/teleclaude')} session attach ${inner}`)
  await shows(outer, 'detach with ctrl-]')
  return { inner, outer }
}

async function shows(id: string, text: string): Promise<void> {
  await until(async () => (await daemon.readAll(id)).output.includes(text), `'${text}' on the terminal`)
}

const screen = async (id: string) => (await daemon.read(id, { format: 'screen' })).output

const press = (id: string, text: string) => daemon.input(id, text, { raw: true, submit: false })

test('what is pressed reaches the session, and detaching gives the terminal back', async () => {
  const { inner, outer } = await attached()
  await press(outer, 'echo one-$((1 + 1))\r')
  await shows(inner, 'one-2')
  await shows(outer, 'one-2')
  await press(outer, '\x1d')
  await shows(outer, '[detached; the session goes on.')
  expect(await daemon.send(outer, 'echo here')).toMatchObject({ output: 'here\n', completed_by: 'mark' })
})

test('after detaching, keys and lines are as they were', async () => {
  const { inner, outer } = await attached()
  await press(outer, "printf '\\e[>1u\\e[>4;2m\\e[2;5r\\e[5 q\\e(0'; echo set\r")
  await shows(inner, 'set\n')
  await press(outer, '\x1d')
  await shows(outer, '[detached; the session goes on.')
  const { output } = await daemon.readAll(outer, { format: 'raw' })
  const after = output.slice(output.lastIndexOf('\x1b[5 q'))
  for (const undo of ['\x1b[=0;1u', '\x1b[>4;0m', '\x1b7\x1b[r\x1b8', '\x1b[0 q', '\x1b(B'])
    expect(after).toContain(undo)
})

test('detaching from a full-screen program goes back to the screen before, and to its cursor', async () => {
  const { inner, outer } = await attached()
  await press(outer, "printf 'before\\e[?1049h\\e[Hfull'; read; printf '\\e[?1049l'\r")
  await until(async () => (await screen(outer)).startsWith('full'), 'the full screen')
  await press(outer, '\x1d')
  await until(async () => (await screen(outer)).includes('before\n[detached'), 'the screen before')
  await press(inner, '\r')
})

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a daemon that restarts after %s ends no attachment',
  async name => {
    const { inner, outer } = await attached()
    await daemon.restart(name)
    await shows(outer, 'the daemon is away')
    // What is pressed before it has seen the new daemon may go nowhere, so it is pressed once more.
    await until(async () => {
      await press(outer, 'echo two-$((1 + 2))\r')
      return (await daemon.readAll(inner)).output.includes('two-3')
    }, 'an answer after the restart')
    await shows(outer, 'two-3')
    expect((await daemon.readAll(outer)).output).not.toContain('[session')
  },
)
