import { test } from 'vitest'
import { tellOfKills } from '../faults/telegram/killed-daemon.ts'

const STORIES = 3

test.each(Array.from({ length: STORIES }, (_, at) => 100 + at))(
  '25 kills of a daemon that speaks in Telegram, seed %i: no result is lost, nothing is typed twice',
  async seed => {
    await tellOfKills(25, seed)
  },
)
