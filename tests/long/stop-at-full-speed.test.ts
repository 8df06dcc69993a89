import { test } from 'vitest'
import { endAtFullSpeed } from '../faults/daemon/printed-numbers.ts'

test('SIGTERM of the daemon while a session prints at full speed: every number is there once, in order', () =>
  endAtFullSpeed('SIGTERM'))
