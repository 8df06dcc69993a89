import { expect, test } from 'vitest'
import { TestMesh } from '../../support/mesh.ts'
import { signal } from '../../support/processes.ts'
import { NumberedLines } from './numbered-lines.ts'

const mesh = TestMesh.forFile(['macbook', 'workstation'])
const macbook = () => mesh().daemon('macbook')
const workstation = () => mesh().daemon('workstation')

const losses: readonly (readonly [what: string, command: (session: string) => readonly string[]])[] = [
  [
    'the stream of a session is trimmed to nothing',
    id => ['XTRIM', `teleclaude:output:${id}`, 'MAXLEN', '0'],
  ],
  ['the stream of a session is deleted', id => ['DEL', `teleclaude:output:${id}`]],
  ['the mailbox of who watches is deleted', () => ['DEL', 'teleclaude:messages:macbook']],
  ['the mailbox of who is watched is deleted', () => ['DEL', 'teleclaude:messages:workstation']],
  [
    'the mailbox of who is watched is trimmed to nothing',
    () => ['XTRIM', 'teleclaude:messages:workstation', 'MAXLEN', '0'],
  ],
  ['what wakes the reader is deleted', () => ['DEL', 'teleclaude:wake:macbook']],
  ['everything is deleted', () => ['FLUSHALL']],
]

/** What is lost, the computer that watches has not read yet, since it stands still. */
async function lose(lines: NumberedLines, command: readonly string[]): Promise<void> {
  signal(macbook().pid, 'SIGSTOP')
  await lines.print(50)
  await mesh().redis.cli(...command)
  await lines.print(50)
  signal(macbook().pid, 'SIGCONT')
}

test.for(losses)('%s under the reader', async ([, command]) => {
  const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
  for (let time = 0; time < 2; time++) {
    await lose(lines, command(lines.id))
    await lines.flow()
  }
  const other = await macbook().session({ computer: 'workstation' })
  expect((await macbook().send(other, 'echo on')).output).toBe('on\n')
  await lines.complete()
})

test('all losses at once, over and over', async () => {
  const lines = await NumberedLines.start(macbook(), workstation(), 'workstation')
  for (let time = 0; time < 4; time++)
    for (const [, command] of losses) {
      await mesh().redis.cli(...command(lines.id))
      await lines.print(20)
    }
  await lines.flow()
  await lines.complete()
})
