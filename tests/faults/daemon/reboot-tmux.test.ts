import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TestDaemon } from '../../support/daemon.ts'
import { findProgram } from '../../support/debian.ts'
import { processesWith, signal } from '../../support/processes.ts'
import { rebooted } from '../../support/reboot.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { personsTmux } from '../../support/tmux.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'

const { path } = await findProgram(tmuxProgram)

test('a session in tmux returns in tmux; a pane that was somebody’s own does not return', async () => {
  const daemon = await TestDaemon.inTest({
    config: { sessions: { restore: 'all' } },
    plugins: [['terminal', { tmuxProgram: path }]],
  })
  const ours = await daemon.session({ backend: 'tmux' })
  const theirs = await personsTmux(tempDir(), 'exec cat')
  const input = { tmux: 'work', socket: theirs.socket }
  const { session_id: adopted } = await daemon.call<{ session_id: string }>('session.adopt', input)
  expect((await daemon.get(adopted)).terminal).toMatchObject({ backend: 'tmux', isAdopted: true })
  // It hears of no end before its own.
  signal(daemon.pid, 'SIGSTOP')
  theirs.run('kill-server')
  const ofTheState = (argument: string) => argument.startsWith(join(daemon.stateDir, 'terminal/tmux/'))
  const servers = processesWith(ofTheState)
  for (const pid of servers) signal(pid, 'SIGKILL')
  await rebooted(daemon)
  await until(async () => (await daemon.get(ours)).state === 'ready', 'the session that returns')
  expect((await daemon.get(ours)).terminal).toMatchObject({ backend: 'tmux' })
  expect(await daemon.send(ours, 'test -n "$TMUX" && echo works')).toMatchObject({
    output: 'works\n',
    completed_by: 'mark',
  })
  expect((await daemon.get(adopted)).state).toBe('failed')
  await daemon.call('session.close', { session_id: ours })
})
