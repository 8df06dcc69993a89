import { randomInt } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sleep, systemClock } from '../../../core/clock.ts'
import { Harness } from '../../plugins/terminal/harness.ts'
import { processesWith, signal } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

const ROUNDS = 20
const SESSIONS = 50

/** All that tmux runs in the state folder of a test: servers, clients, and what was started in them. */
const processesOf = (it: Harness) => processesWith(argument => argument.includes(it.folder))

async function expectNothingLeft(it: Harness): Promise<void> {
  const folder = join(it.folder, 'tmux')
  await until(() => readdirSync(folder).length === 0, 'the files to go').catch(() => {})
  expect(readdirSync(folder)).toEqual([])
  await it.terminals.detach()
  await until(() => processesOf(it).length === 0, 'the processes to end').catch(() => {})
  expect(processesOf(it)).toEqual([])
  await it.crash()
}

test(`${SESSIONS} sessions in tmux that start and are closed leave nothing`, async () => {
  await using it = await Harness.create({ backend: 'tmux' })
  for (let i = 0; i < SESSIONS / 5; i++) {
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => it.start({ command: ['cat'] })))
    await Promise.all(ids.map(id => it.terminals.close(id)))
  }
  await expectNothingLeft(it)
})

test(`${ROUNDS} kills of host, daemon and tmux server while sessions start and run: each ends or lives, and nothing is left`, async () => {
  await using it = await Harness.create({ backend: 'tmux' })
  for (let round = 0; round < ROUNDS; round++) {
    const living = await it.start()
    const starting = it.start({ command: ['cat'] }).catch(() => null)
    await sleep(systemClock, randomInt(200))
    const ofTmux = processesWith(argument => argument === join(it.folder, 'tmux', living))
    const kind = round % 4
    if (kind === 0) await it.killHost()
    if (kind === 1) await it.crash()
    if (kind === 2) for (const pid of ofTmux) signal(pid, 'SIGKILL')
    if (kind === 3) {
      // A daemon that is gone does not look for a host any more.
      await it.terminals.detach()
      await it.killHost()
      await it.crash()
    }
    const id = await starting
    if (kind === 2) await it.exit(living)
    else {
      // Until then what is typed is refused.
      if (kind !== 1)
        await until(() => it.sink.of(living).some(entry => entry.kind === 'gap'), 'the next host')
      await it.submit(living, 'echo al""ive')
      await until(() => it.sink.text(living).includes('alive\r\n'), `the answer after a kill of kind ${kind}`)
    }
    for (const one of [living, id]) if (one) await it.terminals.close(one)
  }
  await expectNothingLeft(it)
})
