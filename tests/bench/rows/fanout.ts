import { z } from 'zod'
import { sleep, systemClock } from '../../../core/clock.ts'
import { type Adapter, definePlugin } from '../../../core/index.ts'
import { createTestHost, until } from '../../../core/testing/index.ts'
import { median } from '../measure/percentile.ts'
import { timeOf } from '../measure/time.ts'
import type { Figure, Row } from '../row.ts'

const LINES = 3000
const ROUNDS = 5
/** What a far side takes that is slow for every batch. */
const SLOW_MS = 50

export const fanout: Row = {
  name: 'fanout',
  summary: 'one session to 1, 4 and 16 adapters, with and without a slow one among them',
  async run() {
    const figures: Figure[] = []
    for (const adapters of [1, 4, 16]) {
      const alone: number[] = []
      const withSlow: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        alone.push(await timeToAll(adapters, false))
        withSlow.push(await timeToAll(adapters, true))
      }
      figures.push({
        what: `${LINES} lines to ${adapters}, beside a slow one`,
        unit: 'ms',
        floor: median(alone),
        measured: median(withSlow),
        target: { of: 'ratio', atMost: 1.5 },
        ...(adapters === 1 && {
          note: `floor = the same without the slow adapter, which takes ${SLOW_MS} ms for each batch`,
        }),
      })
    }
    return figures
  },
}

/** How long it takes until all the fast adapters have everything. */
async function timeToAll(count: number, isOneSlow: boolean): Promise<number> {
  const counters = Array.from({ length: count }, (_, index) => counter(`fast${index}`, 0))
  const slow = isOneSlow ? [counter('slow', SLOW_MS)] : []
  await using host = await createTestHost({ plugins: [...slow, ...counters].map(({ plugin }) => plugin) })
  const session = await host.startSession()
  await until(() => counters.every(({ hasChannel }) => hasChannel()), 'the channels')
  return await timeOf(async () => {
    const all = Promise.all(counters.map(({ received }) => received))
    for (let line = 0; line < LINES; line++) await host.print(session, `${'x'.repeat(78)}\r\n`)
    await all
  })
}

function counter(type: string, delayMs: number) {
  const { promise: received, resolve } = Promise.withResolvers<void>()
  let lines = 0
  let hasChannel = false
  const adapter: Adapter = {
    type,
    supports: { stream: false, edit: false, files: false, threads: true },
    async createChannel() {
      hasChannel = true
      return {}
    },
    async sendMessage(_session, { entries }) {
      if (delayMs > 0) await sleep(systemClock, delayMs)
      lines += entries.filter(({ kind }) => kind === 'output').length
      if (lines >= LINES) resolve()
    },
  }
  const plugin = definePlugin({
    name: type,
    summary: 'Counts what it is sent.',
    options: z.strictObject({}),
    setup: ctx => void ctx.client.register(adapter),
  })
  return { plugin: plugin(), received, hasChannel: () => hasChannel }
}
