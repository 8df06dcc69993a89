import { expect, test } from 'vitest'
import { commandLine } from '../support/command-line.ts'
import { TestDaemon } from '../support/daemon.ts'
import { findProgram } from '../support/debian.ts'
import { tempDir } from '../support/temp-dir.ts'
import { personsTmux } from '../support/tmux.ts'
import { tmuxProgram } from '../support/tmux-program.ts'

const { path } = await findProgram(tmuxProgram)

test('a person types that a pane of theirs becomes a session, works in it from here, and has it back', async () => {
  const daemon = new TestDaemon({ plugins: [['terminal', { tmuxProgram: path }], 'registry'] })
  await daemon.startInTest()
  const theirs = await personsTmux(tempDir(), 'echo from-before; exec cat')
  const { run, json } = on(daemon)

  const pane = ['--tmux', 'work', '--socket', theirs.socket]
  const adopted = await json<{ session_id: string; attach_with: string }>(
    ...['session', 'adopt', ...pane, '--title', 'my build', '--json'],
  )
  expect(adopted.attach_with).toContain(`-S ${theirs.socket} attach`)
  const { session_id: id } = adopted
  expect((await run('session', 'list')).stdout).toMatch(new RegExp(`^${id} .*my build$`, 'm'))
  expect((await run('session', 'read', id)).stdout).toContain('from-before')
  const sent = await json('session', 'send', id, 'said here', '--wait-for', 'said here', '--json')
  expect(sent).toMatchObject({ completed_by: 'pattern' })
  expect(theirs.run('capture-pane', '-p', '-t', 'work')).toContain('said here\nsaid here')

  expect((await run('session', 'close', id)).code).toBe(0)
  expect(theirs.run('list-panes', '-a', '-F', '#{pane_current_command} #{pane_pipe}')).toBe('cat 0\n')
  const none = await run('session', 'adopt', '--tmux', 'nothing', '--socket', theirs.socket)
  expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/tmux.* list-panes -a.*TC_ERR_ADOPT/) })
})

/** What is typed beside that daemon. */
function on({ home, env }: TestDaemon) {
  const run = (...args: readonly string[]) => commandLine(home).run([...args], { env })
  return {
    run,
    json: async <T>(...args: readonly string[]): Promise<T> => JSON.parse((await run(...args)).stdout),
  }
}
