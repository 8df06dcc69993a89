import type { Row } from '../row.ts'
import { backends } from './backends.ts'
import { cat } from './cat.ts'
import { cp } from './cp.ts'
import { fanout } from './fanout.ts'
import { forward } from './forward.ts'
import { heartbeat } from './heartbeat.ts'
import { install } from './install.ts'
import { journal } from './journal.ts'
import { memory } from './memory.ts'
import { redisOutage } from './redis-outage.ts'
import { remoteAgents } from './remote-agents.ts'
import { remoteChunks } from './remote-chunks.ts'
import { remoteOutput } from './remote-output.ts'
import { remoteRequests } from './remote-requests.ts'
import { remoteSend } from './remote-send.ts'
import { remoteSendFar } from './remote-send-far.ts'
import { sealing } from './sealing.ts'
import { send } from './send.ts'
import { sessions } from './sessions.ts'
import { shells } from './shells.ts'
import { start } from './start.ts'
import { telegram } from './telegram.ts'

const local = [start, memory, send, cat, backends, shells, sessions, journal, fanout]
const between = [
  remoteSend,
  remoteSendFar,
  remoteChunks,
  remoteOutput,
  remoteRequests,
  remoteAgents,
  cp,
  forward,
]
const mesh = [heartbeat, redisOutage, sealing]
const people = [telegram]
const published = [install]

/** All rows, in the order in which they run. */
export const rows: readonly Row[] = [...local, ...between, ...mesh, ...people, ...published]
