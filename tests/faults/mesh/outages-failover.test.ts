import { onTestFinished, test } from 'vitest'
import { meshDaemon, sees } from '../../support/mesh.ts'
import { type SentinelSet, startSentinel } from '../../support/redis-sentinel.ts'
import type { RedisServer } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'
import { NumberedLines } from './numbered-lines.ts'
import { expectLocalWork, isWell } from './other-work.ts'

async function computersAt({ sentinels, name }: SentinelSet) {
  const options = { url: undefined, sentinels, masterName: name }
  const computers = ['macbook', 'workstation'].map(computer => meshDaemon(computer, '', { options }))
  onTestFinished(async () => {
    for (const computer of computers) await computer.end()
  })
  await Promise.all(computers.map(computer => computer.start()))
  const [macbook, workstation] = computers
  if (!macbook || !workstation) throw new Error('two were started')
  await sees(macbook, 'workstation')
  return { macbook, workstation }
}

async function bothUse(redis: RedisServer): Promise<void> {
  const names = ['macbook', 'workstation'].map(name => `name=teleclaude:${name}:reader`)
  await until(
    async () => {
      const clients = await redis.cli('CLIENT', 'LIST')
      return names.every(name => clients.includes(name))
    },
    'both to have found the new master',
    20_000,
  )
}

test('a replica becomes the master by order, then the other one because the master dies', async () => {
  await using set = await startSentinel()
  const { macbook, workstation } = await computersAt(set)
  const lines = await NumberedLines.start(macbook, workstation, 'workstation')
  await set.failover()
  await bothUse(set.replica)
  await lines.flow()
  await set.replica.stop()
  await expectLocalWork(macbook, workstation)
  await bothUse(set.master)
  await lines.flow()
  for (const daemon of [macbook, workstation]) await isWell(daemon)
  await lines.complete()
})
