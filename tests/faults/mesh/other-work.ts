import { expect } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { cpuMs } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

/** What the status of a computer says is wrong with its Redis, and with its mesh; null each if nothing is. */
export async function problemsOf(daemon: TestDaemon) {
  const { plugins, mesh } = await daemon.status()
  return { redis: plugins.find(({ name }) => name === 'redis')?.problem ?? null, mesh: mesh?.problem ?? null }
}

/** Settles when the status says so. */
export async function hasProblem(daemon: TestDaemon, problem: RegExp): Promise<void> {
  await until(
    async () => problem.test((await problemsOf(daemon)).redis ?? ''),
    `the problem ${problem}`,
    20_000,
  )
}

/** Settles when nothing is wrong any more. */
export async function isWell(daemon: TestDaemon): Promise<void> {
  await until(
    async () => {
      const { redis, mesh } = await problemsOf(daemon)
      return redis === null && mesh === null
    },
    'a status without a problem',
    20_000,
  )
}

/** A session of this computer does not notice that others cannot be reached. */
export async function expectLocalWork(...daemons: readonly TestDaemon[]): Promise<void> {
  for (const daemon of daemons) {
    const { output } = await daemon.send(await daemon.session(), 'echo local')
    expect(output).toBe('local\n')
  }
}

/** What asks another computer fails at once, and says why. */
export async function expectRefusal(
  daemon: TestDaemon,
  target: { readonly computer: string; readonly session_id: string },
  reason: RegExp,
): Promise<void> {
  const { computer, session_id } = target
  // All at once: what comes later might meet the next attempt to reach Redis.
  const calls = [
    daemon.send(session_id, 'echo never'),
    daemon.read(session_id),
    daemon.session({ computer }),
    daemon.call('session.watch', { session_id }),
    daemon.call('session.list', { computer }),
  ]
  const outcomes = await Promise.allSettled(calls)
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: { code: 'TC_ERR_TRANSPORT', message: expect.stringMatching(reason) },
    })
  }
}

/** How much of one processor a process uses meanwhile. */
export async function cpuShareOf(daemon: TestDaemon, work: () => Promise<unknown>): Promise<number> {
  const [cpuBefore, before] = [cpuMs(daemon.pid), systemClock.monotonic()]
  await work()
  return (cpuMs(daemon.pid) - cpuBefore) / (systemClock.monotonic() - before)
}
