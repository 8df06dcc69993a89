import { type AnswerBox, createAnswerBox } from './answer-box.ts'
import type { Envelopes } from './envelope.ts'
import { createMailboxPosition, type MailboxPosition } from './mailbox-position.ts'
import type { MeshConnectionParts } from './mesh-parts.ts'
import { createOutlets, type Outlets } from './outlets.ts'
import { createRefusalMark } from './refusal-mark.ts'
import { createServe } from './serve-request.ts'
import { createServedRequests, type ServedRequests } from './served-requests.ts'

/** The parts by which this computer does what others ask, and shows them what its sessions print. */
export interface MeshServing {
  readonly mailbox: MailboxPosition
  readonly answers: AnswerBox
  readonly outlets: Outlets
  readonly served: ServedRequests
}

/** @throws TC_ERR_STORE */
export function createMeshServing(parts: MeshConnectionParts, envelopes: Envelopes): MeshServing {
  const { self, peers, transport, clock, log, store, bus } = parts
  const mark = createRefusalMark(store.db.name, log)
  const mailbox = createMailboxPosition({ self, store, clock, log, mark, runs: parts.meshStore.runs })
  const answers = createAnswerBox({ self, clock, log, transport, envelopes, peers })
  const outlets = createOutlets({ journal: parts.journal, transport, clock, log })
  const served = createServedRequests({
    ...{ self, clock, log, store, mailbox, answers, mark },
    isPiece: operation => bus.get(operation)?.pieceOf !== undefined,
    isIdempotent: operation => bus.get(operation)?.idempotent ?? false,
    serve: createServe({ bus, peers, outlets, maxMessageBytes: transport.maxMessageBytes }),
  })
  return { mailbox, answers, outlets, served }
}
