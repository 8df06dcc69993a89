import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { attach } from '../../../plugins/terminal/host/tmux/attach.ts'
import type { ControlClient } from '../../../plugins/terminal/host/tmux/control-client.ts'
import { ControlLink } from '../../../plugins/terminal/host/tmux/control-link.ts'
import { findProgram } from '../../support/debian.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { personsTmux } from '../../support/tmux.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'

const tmux = await findProgram(tmuxProgram)

describe('a client of tmux that is lost', () => {
  let clock: FakeClock
  let link: ControlLink
  let isUrgent: boolean
  let connect: () => Promise<ControlClient>

  beforeEach(async () => {
    const folder = tempDir()
    const { socket } = await personsTmux(folder, 'exec cat')
    connect = () => attach(folder, { program: tmux.path, socket }, 'work', false)
    clock = new FakeClock()
    isUrgent = false
    const parts = { clock, reconnect: () => connect(), isUrgent: () => isUrgent, onNext: () => {} }
    link = new ControlLink(parts, await connect())
    onTestFinished(() => link.close())
  })

  /** Settles when the loss is known. */
  async function lose(): Promise<void> {
    process.kill(link.client.pid ?? 0, 'SIGKILL')
    await link.client.ended
    await until(() => clock.timers > 0, 'the loss to be known')
  }

  async function replacedAfter(ms: number): Promise<void> {
    const lost = link.client
    expect(clock.nextInMs).toBe(ms)
    await clock.advance(ms)
    await until(() => link.client !== lost, 'the next one')
    expect(link.client.isOver).toBe(false)
  }

  test('is replaced after a while', async () => {
    await lose()
    link.hurry()
    await replacedAfter(1000)
  })

  test('is replaced at once while a program is to wait, but once a second at most', async () => {
    isUrgent = true
    await lose()
    await replacedAfter(0)
    await clock.advance(400)
    await lose()
    link.hurry()
    await replacedAfter(1000)
  })

  test('is replaced as soon as a program is to wait', async () => {
    await lose()
    await clock.advance(400)
    isUrgent = true
    link.hurry()
    await replacedAfter(0)
  })

  test('is asked for again, where there is none', async () => {
    const working = connect
    connect = () => Promise.reject(new Error('no such pane'))
    await lose()
    await clock.advance(1000)
    expect(clock.nextInMs).toBe(1000)
    connect = working
    await replacedAfter(1000)
  })

  test('is not replaced any more once the terminal is over, and one that comes too late is let go', async () => {
    await lose()
    const { promise, resolve } = Promise.withResolvers<ControlClient>()
    const coming = await connect()
    connect = () => promise
    await clock.advance(1000)
    link.close()
    resolve(coming)
    await coming.ended
    expect(clock.timers).toBe(0)
  })
})
