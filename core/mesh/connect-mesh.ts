import type { Releases } from '../releases.ts'
import type { KeepTimes } from '../sessions/create-sessions.ts'
import { createCorrespondence } from './correspondence.ts'
import { createDaemonRuns } from './daemon-runs.ts'
import { createEnvelopes, type EnvelopeHeader } from './envelope.ts'
import { createHeart, type Heart } from './heart.ts'
import { createMeshAsking, type MeshAsking } from './mesh-asking.ts'
import { createMeshIntake } from './mesh-intake.ts'
import { createMeshNews } from './mesh-news.ts'
import type { MeshConnectionParts } from './mesh-parts.ts'
import { createMeshServing } from './mesh-serving.ts'
import type { RequestBody } from './messages.ts'
import { onlyForReaders } from './reading-right.ts'
import { tapEnvelopes, tapIntake, tapPresence } from './tail-taps.ts'
import { requestIdOf } from './wire-id.ts'

/** The mesh while a transport carries it. */
export interface MeshConnection {
  readonly heart: Heart
  readonly remote: MeshAsking['remote']
  readonly sessions: MeshAsking['sessions']
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
  const { self, boot, identity, peers, transport, tail, clock, log } = parts
  const firstJoin = Promise.withResolvers<void>()
  const envelopes = tapEnvelopes(createEnvelopes({ name: self, boot, identity }), tail, self)
  const mail = createCorrespondence({ peers, envelopes, transport, clock, log })
  const serving = createMeshServing(parts, envelopes)
  const { mailbox, answers, outlets, served } = serving
  const asking = createMeshAsking(parts, {
    ...{ envelopes, notify: mail.notify, firstJoin: firstJoin.promise },
    heart: () => heart,
  })
  const { outgoing, watches, remote, sessions } = asking
  const refresh = (maxAgeMs: number) => heart.refresh(maxAgeMs)
  const intake = createMeshIntake({
    ...{ self, envelopes, peers, refresh, clock, log, mailbox, answers, served, outgoing, sessions },
    outlets: onlyForReaders(outlets, peers),
    protocol: parts.protocol,
    maxMessageBytes: transport.maxMessageBytes,
    refused: (header, body) => noteRefused(parts, header, body),
    heard: createHearing(parts, { refresh, onReturn: watches.ownerReturned }),
  })
  const mailIn = createReceiving(() => transport.receive(tapIntake(intake, tail, self)))
  const heart = createHeart({
    ...parts,
    presence: tapPresence(parts.presence, tail, parts),
    store: parts.meshStore,
    onMembership: ({ joined }) => {
      if (joined) firstJoin.resolve()
      if (joined && mailIn.begin()) served.answerUnfinished()
      if (!joined) mailIn.end()
    },
  })
  const steps: readonly (() => Promise<void> | void)[] = [
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
      const news = createMeshNews(parts, { mail, asking, serving })
      releases.add(() => news[Symbol.dispose]())
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

/** What it means that mail of a computer was taken in, whatever the mail says. */
function createHearing(
  { peers, clock }: Pick<MeshConnectionParts, 'peers' | 'clock'>,
  { refresh, onReturn }: { refresh(maxAgeMs: number): Promise<void>; onReturn(computer: string): void },
): (header: EnvelopeHeader) => void {
  const noticeRun = createDaemonRuns({ clock, onReturn })
  return header => {
    noticeRun(header)
    const sender = peers.find(header.from)
    // It is there, whatever its heartbeat said when it was last looked for: it is to be told of its sessions. And one
    // that has another daemon now is to be asked as that.
    if (sender?.status === 'offline' || sender?.heartbeat?.boot !== header.boot) void refresh(LOOK_AGAIN_MS)
  }
}

function noteRefused(
  { bus }: Pick<MeshConnectionParts, 'bus'>,
  { from, id }: EnvelopeHeader,
  { operation, input, surface, caller }: RequestBody,
): void {
  const principal = { kind: 'peer', computer: from, caller, scopes: [] } as const
  bus.noteRefused(operation, input, { principal, surface, requestId: requestIdOf(id) })
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

function prefixed(prefix: string, counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${prefix}_${name}`, count]))
}
