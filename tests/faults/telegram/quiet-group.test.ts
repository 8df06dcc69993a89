import { test } from 'vitest'
import { tellResultsInQuietGroup } from './quiet-group.ts'

test('a result comes within 70 s, whatever live output has used of the minute', () =>
  tellResultsInQuietGroup(8))
