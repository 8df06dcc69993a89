import { expect, test } from 'vitest'
import type { TailLine } from '../../../core/mesh/tail.ts'
import { commandLine } from '../../support/command-line.ts'
import { TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'

const mesh = TestMesh.forFile(['macbook', 'workstation'], { options: { heartbeatMs: 1000 } })
const macbook = () => mesh().daemon('macbook')

/** `mesh tail` on the macbook, and what it has shown. */
function tail(...args: string[]) {
  const running = commandLine(macbook().home).start(['mesh', 'tail', ...args])
  const lines = () =>
    running
      .stdout()
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as TailLine)
  return { ...running, lines }
}

test('a person sees what is asked of another computer and what it answers, and heartbeats of both', async () => {
  const shown = tail('--json')
  await until(() => shown.lines().some(({ kind }) => kind === 'heartbeat'))
  await macbook().call('session.list', { computer: 'workstation' })
  await until(() => shown.lines().some(({ kind }) => kind === 'response'))
  const asked = shown.lines().find(({ kind }) => kind === 'request')
  expect(asked).toMatchObject({
    direction: 'out',
    from: 'macbook',
    to: 'workstation',
    operation: 'session.list',
  })
  expect(shown.lines().find(({ kind }) => kind === 'response')).toMatchObject({
    ...{ direction: 'in', from: 'workstation', to: 'macbook', operation: 'session.list' },
    ...{ id: asked?.id, outcome: 'success', bytes: expect.any(Number) },
  })
  await until(() => {
    const from = shown.lines().flatMap(line => (line.kind === 'heartbeat' ? [line.from] : []))
    return from.includes('macbook') && from.includes('workstation')
  })
  expect(shown.stdout()).not.toContain('payload')
  shown.child.kill('SIGINT')
  expect((await shown.ended).code).toBe(130)
})

test('what fails is shown with its code, payloads and all, and nothing of it is obeyed by the terminal', async () => {
  const shown = tail('--computer', 'workstation', '--kind', 'request', '--kind', 'response', '--payload')
  const title = 'hostile \x1b]0;title\x07 \x9b2J'
  // The first may pass before anybody looks.
  await until(async () => {
    await macbook().call('session.list', { computer: 'workstation' })
    return shown.stdout() !== ''
  })
  const start = { computer: 'workstation', cwd: '/no/such/folder', title }
  await expect(macbook().call('session.start', start)).rejects.toMatchObject({ code: 'TC_ERR_CWD' })
  await until(() => shown.stdout().includes('TC_ERR_CWD'))
  expect(shown.stdout()).toMatch(/ > request +macbook → workstation session\.start /)
  expect(shown.stdout()).toContain('hostile')
  expect(shown.stdout()).not.toMatch(/[\x00-\x09\x0b-\x1f\x80-\x9f]/)
  shown.child.kill('SIGINT')
  await shown.ended
})

test('a program inside a session cannot look, though its user could', async () => {
  const id = await macbook().session()
  const { output } = await macbook().send(id, 'echo $TELECLAUDE_SESSION_TOKEN')
  await using inside = macbook().newClient({ TELECLAUDE_SESSION_TOKEN: output.trim() })
  await expect(inside.call('mesh.tail', {})).rejects.toMatchObject({ code: 'TC_ERR_FORBIDDEN' })
})
