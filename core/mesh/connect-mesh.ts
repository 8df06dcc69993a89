import type { Clock } from '../clock.ts'
import type { HookPoints } from '../host/hook-points.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../log.ts'
import type { OperationBus } from '../operations/bus.ts'
import type { Releases } from '../releases.ts'
import type { KeepTimes } from '../sessions/create-sessions.ts'
import { isLive } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../store/store.ts'
import type { Presence, Transport } from '../transport.ts'
import { createAnswerBox } from './answer-box.ts'
import { createCorrespondence } from './correspondence.ts'
import { createDaemonRuns } from './daemon-runs.ts'
import { createEnvelopes } from './envelope.ts'
import { createHeart, type Heart } from './heart.ts'
import type { MeshIdentity } from './identity.ts'
import { createMailboxPosition } from './mailbox-position.ts'
import { createMeshIntake } from './mesh-intake.ts'
import type { MeshSecrets } from './mesh-secrets.ts'
import type { MeshStore } from './mesh-store.ts'
import type { ProtocolRange } from './messages.ts'
import { createMissedNews } from './missed-news.ts'
import { createOutgoingRequests } from './outgoing-requests.ts'
import { createOutlets } from './outlets.ts'
import { createPeerWatch } from './peer-watch.ts'
import type { KnownPeers } from './peers.ts'
import { onlyForReaders } from './reading-right.ts'
import { createRefusalMark } from './refusal-mark.ts'
import type { Remote } from './remote.ts'
import { createRemoteRequests } from './remote-requests.ts'
import { createRemoteSessions, type RemoteSessions } from './remote-sessions.ts'
import { createRemoteWatches } from './remote-watch.ts'
import { createServe } from './serve-request.ts'
import { createServedRequests } from './served-requests.ts'
import { createSessionNews } from './session-news.ts'
import { createSessionNotices } from './session-notices.ts'
import { requestIdOf } from './wire-id.ts'

export interface MeshConnectionParts {
  /** The name of this computer. */
  readonly self: string
  /** Of this run of the daemon. */
  readonly boot: string
  readonly machineBoot: string
  /** When this run began, by the wall clock. */
  readonly since: number
  readonly identity: MeshIdentity
  readonly secrets: MeshSecrets
  readonly peers: KnownPeers
  readonly forgetAfterMs: number
  readonly transport: Transport
  readonly presence: Presence
  readonly protocol: ProtocolRange
  readonly store: Store
  readonly meshStore: MeshStore
  readonly journal: Journal
  readonly sessions: Sessions
  readonly bus: Pick<OperationBus, 'serve' | 'get' | 'noteRefused'>
  readonly hookPoints: HookPoints
  readonly clock: Clock
  readonly log: Logger
}

/** The mesh while a transport carries it. */
export interface MeshConnection {
  readonly heart: Heart
  readonly remote: Remote
  readonly sessions: RemoteSessions
  /** Joins, and from then on serves. */
  start(): void
  /** Forgets what is over. */
  sweep(keep: KeepTimes): void
  counts(): Readonly<Record<string, number>>
}

/** A computer that seems to be away and writes all the same is looked for once a second. */
const LOOK_AGAIN_MS = 1000

/** Whoever asks for another computer while this daemon starts waits so long for it to join, rather than being told that it has not. */
const FIRST_JOIN_MS = 2000

/** Puts the parts of the mesh together. What `releases` undoes ends everything, the carrier still being there. */
export function connectMesh(parts: MeshConnectionParts, releases: Releases): MeshConnection {
  const { self, boot, peers, transport, clock, log, store, bus } = parts
  const refresh = (maxAgeMs: number) => heart.refresh(maxAgeMs)
  const envelopes = createEnvelopes({ name: self, boot, identity: parts.identity })
  const mail = createCorrespondence({ peers, envelopes, transport, clock, log })
  const mark = createRefusalMark(store.db.name, log)
  const mailbox = createMailboxPosition({ self, store, clock, log, mark, runs: parts.meshStore.runs })
  const answers = createAnswerBox({ self, clock, log, transport, envelopes, peers })
  const outlets = createOutlets({ journal: parts.journal, transport, clock, log })
  const served = createServedRequests({
    ...{ self, clock, log, store, mailbox, answers, mark },
    isIdempotent: operation => bus.get(operation)?.idempotent ?? false,
    serve: createServe({ bus, peers, outlets, maxMessageBytes: transport.maxMessageBytes }),
  })
  const firstJoin = Promise.withResolvers<void>()
  const outgoing = createOutgoingRequests({ clock, log, transport, envelopes, peers, refresh })
  const { request } = outgoing
  const watches = createRemoteWatches({ request, notify: mail.notify, transport, clock, log })
  const { remote, ask } = createRemoteRequests({
    ...{ request, watches },
    sessions: () => sessions,
    membership: () => heart.membership,
    firstJoin: firstJoin.promise,
  })
  const sessions = createRemoteSessions({
    ...{ self, store, clock, log, ask },
    hookPoints: parts.hookPoints,
    online: () => namesOnline(peers),
  })
  const noticeRun = createDaemonRuns({ clock, onReturn: watches.ownerReturned })
  const missed = createMissedNews(clock, name => sessions.reconcile(name))
  const intake = createMeshIntake({
    ...{ self, envelopes, peers, refresh, clock, log, mailbox, answers, served, outgoing, sessions },
    outlets: onlyForReaders(outlets, peers),
    protocol: parts.protocol,
    maxMessageBytes: transport.maxMessageBytes,
    missed: missed.note,
    refused: ({ from, id }, { operation, input, surface, caller }) =>
      bus.noteRefused(operation, input, {
        principal: { kind: 'peer', computer: from, caller, scopes: [] },
        surface,
        requestId: requestIdOf(id),
      }),
    heard(header) {
      noticeRun(header)
      const sender = peers.find(header.from)
      // It is there, whatever its heartbeat said when it was last looked for: it is to be told of its sessions. And one
      // that has another daemon now is to be asked as that.
      if (sender?.status === 'offline' || sender?.heartbeat?.boot !== header.boot) void refresh(LOOK_AGAIN_MS)
    },
  })
  const mailIn = createReceiving(() => transport.receive(intake))
  const heart = createHeart({
    ...parts,
    store: parts.meshStore,
    onMembership: ({ joined }) => {
      if (joined) firstJoin.resolve()
      if (joined && mailIn.begin()) served.answerUnfinished()
      if (!joined) mailIn.end()
    },
  })
  const news = createSessionNews({
    ...{ self, clock, sessions: parts.sessions },
    since: parts.since,
    tell: mail.tell,
  })
  // What happened to a session while either computer or the carrier was away was told to nobody.
  const catchUp = (name: string): void => {
    news.tellAll(name)
    sessions.returned(name)
    if (!sessions.list().some(({ computer, state }) => computer === name && isLive(state))) return
    sessions
      .reconcile(name)
      .catch(err => log.debug({ err, computer: name }, 'a computer was not asked how its sessions are'))
  }
  const resume = (): void => {
    outgoing.resend()
    outlets.resume()
    watches.resume()
    for (const name of namesOnline(peers)) catchUp(name)
  }
  const steps: readonly (() => Promise<void> | void)[] = [
    missed.close,
    mailbox.close,
    answers.close,
    served.close,
    outlets.close,
    outgoing.close,
    watches.close,
    heart.stop,
    mailIn.end,
  ]
  for (const step of steps) releases.add(step)
  return {
    heart,
    remote,
    sessions,
    start() {
      const listening = [
        news,
        createSessionNotices({
          self,
          sessions: parts.sessions,
          journal: parts.journal,
          tell: mail.tellNotice,
        }),
        transport.onState(({ up }) => up && resume()),
        peers.onChange(
          createPeerWatch(outlets, name => {
            catchUp(name)
            watches.ownerReturned(name)
          }),
        ),
      ]
      releases.add(() => {
        for (const listener of listening) listener[Symbol.dispose]()
      })
      heart.start()
      const patience = clock.setTimeout(firstJoin.resolve, FIRST_JOIN_MS, { ref: false })
      releases.add(() => {
        patience.cancel()
        firstJoin.resolve()
      })
    },
    sweep(keep) {
      served.sweep()
      sessions.sweep(keep)
    },
    counts: () => ({
      ...transport.counts(),
      ...intake.counts(),
      ...prefixed('requests', outgoing.counts()),
      ...prefixed('served', served.counts()),
      ...prefixed('answers', answers.counts()),
      streams_written: outlets.open,
      streams_read: watches.open,
    }),
  }
}

/** The mailbox is read while this computer has its name, and by nobody else of that name meanwhile. */
function createReceiving(receive: () => Disposable): { begin(): boolean; end(): void } {
  let receiving: Disposable | null = null
  return {
    begin() {
      if (receiving) return false
      receiving = receive()
      return true
    },
    end() {
      receiving?.[Symbol.dispose]()
      receiving = null
    },
  }
}

function namesOnline(peers: KnownPeers): readonly string[] {
  return peers.list().flatMap(peer => (peer.status === 'online' ? [peer.name] : []))
}

function prefixed(prefix: string, counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${prefix}_${name}`, count]))
}
