import { expect, test } from 'vitest'
import { TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'
import { outcomeOf, STAGED } from './stages.ts'
import { COUNTING, kill, killWatch, type Moment, NUMBERS, restart, type Victims } from './watch-kills.ts'

const mesh = TestMesh.forFile(['origin', 'target'], STAGED)
const origin = () => mesh().daemon('origin')
const target = () => mesh().daemon('target')

/** Each victim and each moment once; all of them together are in tests/long. */
const cases: readonly (readonly [Victims, Moment])[] = [
  ['the target', 'before a watch is answered: it begins when all are back, and misses nothing'],
  ['both', 'twice while it follows: it goes on from its cursor, and every number comes once'],
  ['the origin', 'while the session ends: all of it is read, and its end'],
]

test.each(cases)('kill -9 of %s %s', (victims, moment) => killWatch(mesh(), victims, moment))

test('what waits for the end of a command elsewhere outlives kills of the daemon there', async () => {
  const id = await origin().session({ computer: 'target', title: 'sending' })
  const sent = origin().send(id, `${COUNTING}; (exit 5)`)
  const ran = origin().call('session.run', { computer: 'target', command: `${COUNTING}; exit 6` })
  const output = NUMBERS.map(number => `n ${number}\n`).join('')
  for (const number of [50, 150]) {
    await until(async () => (await target().read(id)).output.includes(`n ${number}\n`), `number ${number}`)
    await kill(mesh(), ['target'])
    await restart(mesh(), ['target'])
  }
  expect(await sent).toMatchObject({ output, exit_code: 5, completed_by: 'mark', complete: true })
  expect(await ran).toMatchObject({ output, exit_code: 6, completed_by: 'exit', complete: true })
})

test('what waits there for the daemon that is killed is told so, and reads on from its cursor', async () => {
  const id = await origin().session({ computer: 'target', title: 'sending' })
  const { cursor } = await origin().read(id)
  const sent = outcomeOf(origin().send(id, COUNTING))
  await until(async () => (await target().read(id)).output.includes('n 50\n'), 'number 50')
  await kill(mesh(), ['origin'])
  expect(await sent).toBe('TC_ERR_NOT_RUNNING')
  await restart(mesh(), ['origin'])
  await until(async () => (await target().get(id)).state === 'ready', 'the end of the command')
  const { output } = await origin().readAll(id, { since: cursor })
  expect([...output.matchAll(/^n (\d+)$/gm)].map(([, number]) => Number(number))).toEqual(NUMBERS)
})
