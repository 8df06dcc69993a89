import { defineService } from './host/service.ts'
import type { SessionId } from './ids.ts'
import type { ChannelMetadata } from './sessions/session.ts'

/** Whether other computers can be reached, as far as the carrier between them tells. */
export type CarrierState =
  | { readonly up: true }
  /** `problem` says what is wrong and what to do about it. */
  | { readonly up: false; readonly problem: string }

/** A sealed message in the mailbox of this computer. */
export interface Mail {
  /** Where it stands in the mailbox; opaque to everyone but the transport, at most 64 characters. */
  readonly position: string
  /** Null where what stood there was no message. */
  readonly bytes: Uint8Array | null
  /** It was there before its computer began to read, or began again: for how long, the transport does not say. */
  readonly hasWaited?: boolean
}

/** Takes in what comes to this computer's mailbox. Implemented by core. */
export interface Intake {
  /** After which mail to read on; null for a mailbox that was never read. */
  readonly position: string | null
  /**
   * Called once with each mail, one at a time, in the order of the mailbox. Settles with null when it was taken in, or had
   * waited until it was too late, else with the reason why it was not: the transport puts it among the dead letters. Either way it is done with, and nothing that is
   * behind it may wait for it: what fails in here is tried again at once in here, so a mail whose taking rejects is given up.
   */
  take(mail: Mail): Promise<string | null>
  /** Mail was dropped by the carrier before it was read. */
  lost(what: string): void
}

/** An entry of a watched session, sealed. */
export interface SealedEntry {
  readonly seq: number
  readonly bytes: Uint8Array
}

/** Takes what the transport reads of another computer's session. Implemented by core. */
export interface EntrySink {
  /** In the order of the stream; seqs rise, but there may be holes. */
  entries(entries: readonly SealedEntry[]): void
  /** What was read may be incomplete: the connection was away, or the stream was. */
  interrupted(): void
}

/**
 * Carries sealed bytes between computers: each has a mailbox, each watched session a stream. It is no authority: it sees
 * names, ids and sizes, and whoever can write to it is believed in nothing. Provided by a plugin.
 */
export interface Transport {
  /** Names it in `adapterTypes`, e.g. `redis`. */
  readonly type: string
  readonly state: CarrierState
  onState(listener: (state: CarrierState) => void): Disposable
  /** How much one message or entry may hold, in bytes. */
  readonly maxMessageBytes: number
  /**
   * Puts a message into a computer's mailbox. Settles with its place there, opaque to everyone but the transport, when
   * the carrier has it; with null when that is not known (the connection broke while it was under way). Messages to one
   * computer keep their order. The bytes are the transport's from then on.
   * @throws TC_ERR_TRANSPORT when it was certainly not sent
   */
  send(computer: string, message: Uint8Array): Promise<string | null>
  /**
   * Why a message that was sent from here was dropped from that computer's mailbox before it was read, as the end of a
   * sentence; null if it was not, or that is not known. True also of a computer that hangs or is offline.
   * @throws TC_ERR_TRANSPORT
   */
  whyDropped(computer: string, place: string): Promise<string | null>
  /** Reads this computer's mailbox until it is disposed of. */
  receive(intake: Intake): Disposable
  /**
   * Appends entries of a session of this computer to its stream; they appear in order. Several appends may be under way.
   * @throws TC_ERR_TRANSPORT when they, or some of them, may not be there; the stream is then to be begun anew
   */
  append(session: SessionId, entries: readonly SealedEntry[]): Promise<void>
  /** Removes a session's stream, so that it can begin anew or nothing is left of it. @throws TC_ERR_TRANSPORT */
  removeStream(session: SessionId): Promise<void>
  /** Reads the stream of another computer's session after `seq`, until it is disposed of. */
  readStream(session: SessionId, afterSeq: number, sink: EntrySink): Disposable
  /** Where a session's stream is, for its `adapterMetadata`. */
  channel(session: SessionId): ChannelMetadata
  /** What passed and what did not, since the start. */
  counts(): Readonly<Record<string, number>>
}

/** The service key of {@link Transport}. */
export const TransportService = defineService<Transport>('transport')

/** A computer that has announced itself. */
export interface Announcement {
  readonly computer: string
  /** Null where its announcement has expired. */
  readonly heartbeat: Uint8Array | null
  /** Milliseconds since the Unix epoch, by the clock of whoever announced it: unproven. */
  readonly lastSeen: number
}

/** Where computers announce themselves with sealed heartbeats. Provided by a plugin. */
export interface Presence {
  /** How often to announce, and how long an announcement lasts, in milliseconds. */
  readonly intervalMs: number
  readonly ttlMs: number
  /**
   * Announces this computer, if what is announced under its name is still `expected` (null: nothing), or nothing.
   * Settles with null, or with what another one has announced in its place.
   * @throws TC_ERR_TRANSPORT
   */
  announce(computer: string, heartbeat: Uint8Array, expected: Uint8Array | null): Promise<Uint8Array | null>
  /** Takes the announcement back, if it is still this one. @throws TC_ERR_TRANSPORT */
  withdraw(computer: string, heartbeat: Uint8Array): Promise<void>
  /**
   * The computers that were announced and not forgotten, as many as one mesh can have; those of the `known` that are
   * announced are among them, whoever else has announced what. The number of calls to the carrier does not depend on how
   * many there are. @throws TC_ERR_TRANSPORT
   */
  list(known: readonly string[]): Promise<readonly Announcement[]>
  /** Forgets a computer that is no longer announced. @throws TC_ERR_TRANSPORT */
  forget(computer: string): Promise<void>
}

/** The service key of {@link Presence}. */
export const PresenceService = defineService<Presence>('presence')
