import { meshRotate } from '../mesh/mesh-operations.ts'
import { peersLimit, peersList, peersReplace, peersRevoke, peersTrust } from '../mesh/peer-operations.ts'
import { meshTail } from '../mesh/tail-operation.ts'
import { daemonStatus, daemonStop, operationsList } from './daemon-operations.ts'
import type { AnyOperation } from './operation.ts'
import { sessionClose, sessionRename, sessionResize } from './session-change.ts'
import { sessionGet, sessionList, sessionScreen } from './session-facts.ts'
import { sessionInput, sessionInterrupt, sessionKeys } from './session-input.ts'
import { sessionNotify } from './session-notify.ts'
import { sessionRead } from './session-read.ts'
import { sessionRun } from './session-run.ts'
import { sessionSend } from './session-send.ts'
import { sessionSendFile } from './session-send-file.ts'
import { sessionStart } from './session-start.ts'
import { sessionWatch } from './session-watch.ts'

/** The operations that every daemon offers, in the order in which people and agents meet them. */
export const coreOperations: readonly AnyOperation[] = [
  sessionStart,
  sessionSend,
  sessionRead,
  sessionRun,
  sessionList,
  sessionGet,
  sessionKeys,
  sessionInterrupt,
  sessionResize,
  sessionRename,
  sessionClose,
  sessionInput,
  sessionWatch,
  sessionScreen,
  sessionSendFile,
  sessionNotify,
  daemonStatus,
  daemonStop,
  operationsList,
  peersList,
  peersTrust,
  peersLimit,
  peersRevoke,
  peersReplace,
  meshRotate,
  meshTail,
]
