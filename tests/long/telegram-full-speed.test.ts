import { test } from 'vitest'
import { printAtFullSpeed } from '../faults/telegram/print-at-full-speed.ts'
import { tellResultsInQuietGroup } from '../faults/telegram/quiet-group.ts'

test('50 sessions that print at full speed into one group for a quarter of an hour, at 20 messages a minute', () =>
  printAtFullSpeed(50, 15 * 60_000))

test('15 results of each session come within 70 s, whatever live output has used of the minute', () =>
  tellResultsInQuietGroup(15))
