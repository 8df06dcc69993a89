import type { Row } from '../row.ts'
import { cat } from './cat.ts'
import { fanout } from './fanout.ts'
import { journal } from './journal.ts'
import { memory } from './memory.ts'
import { send } from './send.ts'
import { sessions } from './sessions.ts'
import { start } from './start.ts'

/** All rows, in the order in which they run. */
export const rows: readonly Row[] = [start, memory, send, cat, sessions, journal, fanout]
