import { test } from 'vitest'
import { tellOfKills } from './killed-daemon.ts'

test('a daemon that is killed again and again loses no result, and types nothing twice', () =>
  tellOfKills(4, 2))
