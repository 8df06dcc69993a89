import { expect } from 'vitest'
import type { TestMesh } from '../../support/mesh.ts'
import { signal } from '../../support/processes.ts'
import { NumberedLines } from './numbered-lines.ts'

/** What `macbook` watches of `workstation` goes through these. */
export const COMPUTERS = ['macbook', 'workstation'] as const

/** What somebody does to Redis, as a command. */
export const STREAM_LOSSES = {
  'the stream of a session is trimmed to nothing': id => ['XTRIM', `teleclaude:output:${id}`, 'MAXLEN', '0'],
  'the stream of a session is deleted': id => ['DEL', `teleclaude:output:${id}`],
  'the mailbox of who watches is deleted': () => ['DEL', 'teleclaude:messages:macbook'],
  'the mailbox of who is watched is deleted': () => ['DEL', 'teleclaude:messages:workstation'],
  'the mailbox of who is watched is trimmed to nothing': () => [
    'XTRIM',
    'teleclaude:messages:workstation',
    'MAXLEN',
    '0',
  ],
  'what wakes the reader is deleted': () => ['DEL', 'teleclaude:wake:macbook'],
  'everything is deleted': () => ['FLUSHALL'],
} as const satisfies Readonly<Record<string, (session: string) => readonly string[]>>
export type StreamLoss = keyof typeof STREAM_LOSSES

export const streamLosses = Object.keys(STREAM_LOSSES) as StreamLoss[] // its keys are its type

/** A loss under the reader, so many times, one after the other: every line arrives once, and all goes on. */
export async function survives(mesh: TestMesh, loss: StreamLoss, times: number): Promise<void> {
  const [macbook, workstation] = [mesh.daemon('macbook'), mesh.daemon('workstation')]
  const lines = await NumberedLines.start(macbook, workstation, 'workstation')
  for (let time = 0; time < times; time++) {
    await lose(mesh, lines, loss)
    await lines.flow()
  }
  const other = await macbook.session({ computer: 'workstation' })
  expect((await macbook.send(other, 'echo on')).output).toBe('on\n')
  await lines.complete()
}

/** What is lost, the computer that watches has not read yet, since it stands still. */
async function lose(mesh: TestMesh, lines: NumberedLines, loss: StreamLoss): Promise<void> {
  const { pid } = mesh.daemon('macbook')
  signal(pid, 'SIGSTOP')
  await lines.print(50)
  await mesh.redis.cli(...STREAM_LOSSES[loss](lines.id))
  await lines.print(50)
  signal(pid, 'SIGCONT')
}

/** All losses, with nobody standing still, over and over. */
export async function survivesAll(mesh: TestMesh, times: number): Promise<void> {
  const lines = await NumberedLines.start(mesh.daemon('macbook'), mesh.daemon('workstation'), 'workstation')
  for (let time = 0; time < times; time++)
    for (const loss of streamLosses) {
      await mesh.redis.cli(...STREAM_LOSSES[loss](lines.id))
      await lines.print(20)
    }
  await lines.flow()
  await lines.complete()
}
