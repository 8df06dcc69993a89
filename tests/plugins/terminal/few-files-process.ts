/**
 * Opens a client of tmux when there is room for its pipe and none for a process. Says what came of it, and how many files
 * it gave back of those that `mkfifo` has taken.
 */
import { closeSync, openSync } from 'node:fs'
import { ControlClient } from '../../../plugins/terminal/host/tmux/control-client.ts'

const [folder = ''] = process.argv.slice(2)
/** Most of these only until it runs. */
const MKFIFO_FILES = 8

for (const file of takeAll().slice(0, MKFIFO_FILES)) closeSync(file)
const opening = ControlClient.open({ program: '/bin/cat', args: [], env: {}, cwd: '/', folder })
takeAll()
const outcome = await opening.then(
  () => 'opened',
  (error: Error) => error.message,
)
process.stdout.write(`${outcome}; ${takeAll().length}\n`)

function takeAll(): number[] {
  const taken: number[] = []
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch {
    return taken
  }
}
