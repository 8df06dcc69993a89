import { expect, test } from 'vitest'
import { commandLine } from '../../support/command-line.ts'
import { until } from '../../support/until.ts'
import { controlServer, type Handler } from '../control/harness.ts'

/** A daemon that answers `status` and nothing else, as one whose disk is full may do. */
async function hangingDaemon() {
  const asked: string[] = []
  const hang =
    (name: string): Handler =>
    () => {
      asked.push(name)
      return new Promise(() => {})
    }
  const control = await controlServer({
    'daemon.status': () => ({ ready: true, pid: process.pid }),
    'daemon.stop': hang('daemon.stop'),
    'session.close': hang('session.close'),
    'session.start': hang('session.start'),
    'session.list': hang('session.list'),
  })
  return { asked, control, teleclaude: commandLine(control.dir) }
}

test.each([
  ['daemon.stop', ['stop']],
  ['session.close', ['session', 'close', 'abc']],
  ['session.list', ['session', 'close', '--all']],
  ['session.start', ['run', '--', 'ls']],
])('Ctrl-C ends the wait for a daemon that does not answer %s', async (operation, args) => {
  const { asked, control, teleclaude } = await hangingDaemon()
  await using _control = control
  const waiting = teleclaude.start(args, { env: { TELECLAUDE_STATE_DIR: control.dir } })
  await until(() => asked.includes(operation), operation)
  waiting.child.kill('SIGINT')
  // `run` keeps the first for the command, and the second ends the session; a third is always the last.
  await until(() => waiting.child.exitCode !== null || (waiting.child.kill('SIGINT') && false), 'the end')
  expect((await waiting.ended).code).toBe(130)
})
