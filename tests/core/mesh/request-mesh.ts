import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { TeleclaudeError } from '../../../core/errors.ts'
import { randomId } from '../../../core/ids.ts'
import { type AnswerBox, createAnswerBox } from '../../../core/mesh/answer-box.ts'
import { createMeshStore } from '../../../core/mesh/create-mesh-store.ts'
import { createEnvelopes, type EnvelopeDraft, type Envelopes } from '../../../core/mesh/envelope.ts'
import { createMeshIdentity, type MeshIdentity } from '../../../core/mesh/identity.ts'
import { createMailboxPosition, type MailboxPosition } from '../../../core/mesh/mailbox-position.ts'
import { createMeshIntake, type MeshIntake } from '../../../core/mesh/mesh-intake.ts'
import { type MeshSecret, meshSecret } from '../../../core/mesh/mesh-secret.ts'
import { PROTOCOL, type RequestBody } from '../../../core/mesh/messages.ts'
import { createOutgoingRequests, type OutgoingRequests } from '../../../core/mesh/outgoing-requests.ts'
import type { Peer, PeerStatus } from '../../../core/mesh/peer.ts'
import type { Peers } from '../../../core/mesh/peers.ts'
import { createRefusalMark } from '../../../core/mesh/refusal-mark.ts'
import { createServedRequests, type Serve, type ServedRequests } from '../../../core/mesh/served-requests.ts'
import { openStore, type Store } from '../../../core/store/store.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import type { Transport } from '../../../core/transport.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { MemoryCarrier, type MemoryLink } from '../../support/memory-carrier.ts'
import { tempDir } from '../../support/temp-dir.ts'

const SECRET = meshSecret('a secret of the tests, of more than 32 characters')

/** What a computer knows of another one, set by the test. */
export interface Acquaintance {
  status: PeerStatus
  publicKey: Uint8Array
  secret: MeshSecret
  boot: string
}

/** One computer: the parts of the mesh that requests travel through, over a real database. */
export interface RequestComputer {
  readonly name: string
  readonly boot: string
  readonly identity: MeshIdentity
  readonly envelopes: Envelopes
  readonly link: MemoryLink
  readonly store: Store
  readonly mailbox: MailboxPosition
  readonly answers: AnswerBox
  readonly served: ServedRequests
  readonly outgoing: OutgoingRequests
  readonly intake: MeshIntake
  readonly known: Map<string, Acquaintance>
  readonly logged: ReturnType<typeof capturedLog>
  /** Events, renewals and releases that came. */
  readonly told: unknown[][]
  /** Measured differences between the clocks. */
  readonly skews: [name: string, skewMs: number, roundTripMs: number][]
  /** Under which ids its requests travelled, each time they did. */
  readonly sentIds: string[]
  /** How often it looked who is there. */
  looks: number
  /** Called when it looks who is there, with how old what it knows may be. */
  onLook: (maxAgeMs: number) => unknown
  /** Called when an event comes. */
  onTold: () => unknown
  /** Begins to read its mailbox. */
  receive(): void
  /** Seals anything for another computer, as this one. */
  seal(to: string, draft: Partial<EnvelopeDraft>): Uint8Array
  /** Ends as if killed: nothing that is under way is ended, and the database is left as it is. */
  kill(): void
}

export interface ComputerOptions {
  readonly serve?: Serve
  readonly clock?: FakeClock
  readonly file?: string
  readonly identity?: MeshIdentity
  /** In place of one over the carrier of the mesh. */
  readonly transport?: Transport
}

/** Computers of one process that know each other. */
export interface RequestMesh {
  readonly carrier: MemoryCarrier
  readonly clock: FakeClock
  /** Adds a computer, or one again after it was killed; all learn of it. */
  add(name: string, options?: ComputerOptions): RequestComputer
  /** The computer of that name that was added last. */
  get(name: string): RequestComputer | undefined
}

/** Operations of each kind. */
export const IDEMPOTENT = 'session.get'
export const ONCE = 'session.start'
export const PIECE = 'files.write'

export function bodyOf(operation = ONCE, input: unknown = {}): RequestBody {
  return { operation, input, surface: 'cli', caller: 'user:ada' }
}

export function createRequestMesh(): RequestMesh {
  const clock = new FakeClock()
  const carrier = new MemoryCarrier()
  const computers = new Map<string, RequestComputer>()
  return {
    carrier,
    clock,
    get: name => computers.get(name),
    add(name, options = {}) {
      const one = createComputer(name, { clock, ...options }, carrier)
      for (const other of computers.values()) {
        if (other.name === name) continue
        other.known.set(name, acquaintance(one))
        one.known.set(other.name, acquaintance(other))
      }
      computers.set(name, one)
      return one
    },
  }
}

function acquaintance({ identity, boot }: RequestComputer): Acquaintance {
  return { status: 'online', publicKey: identity.publicKey, secret: SECRET, boot }
}

type Created = ComputerOptions & { readonly clock: FakeClock }

function createComputer(name: string, options: Created, carrier: MemoryCarrier): RequestComputer {
  const { clock, serve = async () => null } = options
  const logged = capturedLog()
  const { log } = logged
  const store = openStore({ file: options.file ?? join(tempDir(), 'teleclaude.db'), clock, log })
  onTestFinished(() => store.close())
  const boot = randomId(16)
  const identity = options.identity ?? createMeshIdentity(createHash('sha256').update(name).digest())
  const envelopes = createEnvelopes({ name, boot, identity })
  const link = carrier.connect(name, { clock })
  const { transport = link.transport } = options
  const known: RequestComputer['known'] = new Map()
  const [skews, told, sentIds]: [RequestComputer['skews'], unknown[][], string[]] = [[], [], []]
  const peers = peersOf(known, skews)
  const parts = { self: name, boot, clock, log, store, transport, envelopes, peers }
  const meshStore = createMeshStore(store)
  const mark = createRefusalMark(store.db.name, log)
  const mailbox = createMailboxPosition({ ...parts, runs: meshStore.runs, mark })
  const answers = createAnswerBox(parts)
  const isIdempotent = (operation: string) => operation === IDEMPOTENT
  const isPiece = (operation: string) => operation === PIECE
  meshStore.begin(boot)
  const served = createServedRequests({ ...parts, mark, mailbox, answers, serve, isIdempotent, isPiece })
  const refresh = async (maxAgeMs: number) => {
    one.looks += 1
    one.onLook(maxAgeMs)
  }
  const outgoing = createOutgoingRequests({ ...parts, envelopes: noting(envelopes, sentIds), refresh })
  const intake = createMeshIntake({
    ...parts,
    protocol: PROTOCOL,
    maxMessageBytes: transport.maxMessageBytes,
    refresh,
    mailbox,
    answers,
    served,
    outgoing,
    sessions: {
      told(from, session) {
        one.onTold()
        told.push(['told', from, session])
      },
      noticed: (from, session, entry) => void told.push(['noticed', from, session, entry]),
    },
    outlets: {
      renew: (computer, sessions) => void told.push(['renew', computer, sessions]),
      release: (computer, sessions) => void told.push(['release', computer, sessions]),
    },
    heard() {},
    refused: ({ from }, { operation }) => void told.push(['refused', from, operation]),
  })
  let reading: Disposable | null = null
  const resending = transport.onState(state => {
    if (state.up) outgoing.resend()
  })
  const one: RequestComputer = {
    ...{ name, boot, identity, envelopes, link, store, mailbox, answers, served, outgoing, intake },
    ...{ known, logged, told, skews, sentIds },
    looks: 0,
    onLook: () => undefined,
    onTold: () => undefined,
    receive() {
      reading = transport.receive(intake)
    },
    seal(to, draft) {
      const at = clock.now()
      const body = { ...bodyOf(), boot: known.get(to)?.boot }
      const whole = {
        v: 1,
        kind: 'request',
        id: randomId(16),
        body,
        at,
        notAfter: at + 60_000,
      } as const
      return envelopes.seal(peers.correspondent(to), { ...whole, ...draft })
    },
    kill() {
      reading?.[Symbol.dispose]()
      resending[Symbol.dispose]()
      link.down('killed')
      store.db.close()
    },
  }
  return one
}

function noting(envelopes: Envelopes, ids: string[]): Pick<Envelopes, 'seal'> {
  return {
    seal(to, draft) {
      if (draft.kind === 'request') ids.push(draft.id)
      return envelopes.seal(to, draft)
    },
  }
}

function peersOf(
  known: RequestComputer['known'],
  skews: RequestComputer['skews'],
): Pick<Peers, 'correspondent' | 'find' | 'sender' | 'noteSkew'> {
  return {
    correspondent(name) {
      const one = known.get(name)
      if (!one) throw new TeleclaudeError('TC_ERR_COMPUTER_UNKNOWN', `no computer '${name}'`)
      if (one.status === 'offline')
        throw new TeleclaudeError('TC_ERR_COMPUTER_OFFLINE', `'${name}' is offline`)
      if (one.status !== 'online')
        throw new TeleclaudeError('TC_ERR_PEER_REFUSED', `'${name}' is ${one.status}.`)
      return { name, publicKey: one.publicKey, secret: one.secret, v: 1 }
    },
    find(name) {
      const one = known.get(name)
      // Only these are looked at.
      return one && ({ name, status: one.status, heartbeat: { boot: one.boot } } as unknown as Peer)
    },
    sender(name, secretId) {
      const one = known.get(name)
      return one && secretId === SECRET.id ? { name, publicKey: one.publicKey, secret: SECRET } : null
    },
    noteSkew: (...sample) => void skews.push(sample),
  }
}
