import { type ErrorDetails, TeleclaudeError } from '../errors.ts'
import type { Cursor, Epoch } from '../ids.ts'
import type { Entry } from '../journal/entry.ts'
import type { ChannelMetadata, Session, SessionChange } from '../sessions/session.ts'

/** What an adapter's far side can do. The conformance suite reads from here what to test. */
export interface AdapterSupports {
  /** It can be read back: `streamMessages` and `getMessages` are there. */
  readonly stream: boolean
  /** It can change a message that it has sent. */
  readonly edit: boolean
  readonly files: boolean
  /** Each session has a place of its own there. */
  readonly threads: boolean
}

/** Everything committed since the last batch that the far side has, in order and without a hole. */
export interface OutputBatch {
  /** What the seqs belong to: the same seq in another epoch is another entry. */
  readonly epoch: Epoch
  readonly fromSeq: number
  readonly toSeq: number
  readonly entries: readonly Entry[]
  /** The output and notices of `entries` as clean text. */
  readonly text: string
}

/** Carries a session's journal to one outside place, giving each session a channel there. */
export interface Adapter {
  /** Unique name: `telegram`, `file` … */
  readonly type: string
  readonly supports: AdapterSupports
  /**
   * How long one call may take, in milliseconds; default a minute. More where the far side lets only so much pass in a
   * while, and a call may have to wait for its turn.
   */
  readonly callTimeoutMs?: number
  /**
   * It also carries sessions that were started from here and run on a computer that does not have this adapter. Their
   * `session.computer` is another one, so what an entry names there (a file) is not here.
   */
  readonly mirrors?: boolean
  /** Called before the first batch, and again until it works. What it returns is kept in `session.adapterMetadata[type]`. */
  createChannel(session: Session): Promise<ChannelMetadata>
  /**
   * Settles when the far side has the batch. Never called twice at once for one session. A batch may come again
   * after a failure or a restart: `fromSeq` and `toSeq` say which entries it holds.
   * @throws AdapterError
   */
  sendMessage(session: Session, batch: OutputBatch, signal: AbortSignal): Promise<void>
  updateChannel?(session: Session, change: SessionChange): Promise<void>
  /** Called once, after the last batch of a session that has ended. */
  closeChannel?(session: Session): Promise<void>
  /** The session is not known here any more, also where nobody told of its end: nothing more comes of it. */
  forgetSession?(session: Session): void
  streamMessages?(session: Session, since: Cursor, signal: AbortSignal): AsyncIterable<Entry>
  getMessages?(session: Session, limit: number): Promise<Entry[]>
}

export interface AdapterErrorDetails extends ErrorDetails {
  /** How long the far side asks to be left alone, in milliseconds. Obeyed exactly. */
  readonly retryAfterMs?: number
  /** Where only people can mend it: how long until it is worth looking again, in milliseconds. Nobody asked for it. */
  readonly lookAgainMs?: number
}

/** Why an adapter's call failed, and whether the same call may succeed later. Anything else thrown counts as retryable. */
export class AdapterError extends TeleclaudeError {
  readonly retryAfterMs: number | undefined
  readonly lookAgainMs: number | undefined

  constructor(message: string, details: AdapterErrorDetails & { retryable: boolean }) {
    super('TC_ERR_ADAPTER', message, details)
    this.retryAfterMs = details.retryAfterMs
    this.lookAgainMs = details.lookAgainMs
  }
}

/**
 * Thrown by `sendMessage`, `updateChannel` or `closeChannel` where the channel itself is gone: what is remembered of it
 * is forgotten, and `createChannel` is called again before the same batch comes once more.
 */
export class ChannelGoneError extends AdapterError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { ...details, retryable: true })
  }
}

/** How one session's channel at one adapter is doing. */
export interface ChannelStatus {
  readonly session: string
  readonly adapter: string
  readonly state: 'idle' | 'sending' | 'retrying' | 'degraded' | 'closed'
  /** The newest entry that the far side has. */
  readonly sentSeq: number
  /** Entries committed but not yet sent; of a session elsewhere, as far as they have come here. */
  readonly behind: number
  readonly attempts: number
  readonly error: string | null
}

/** The outcome for one adapter of several. */
export type ChannelResult =
  | { readonly type: string; readonly ok: true; readonly metadata: ChannelMetadata }
  | { readonly type: string; readonly ok: false; readonly error: TeleclaudeError }

/** What plugins use to register adapters, and everybody to speak in a session. The pumps live behind it. */
export interface AdapterClient {
  /** @throws TC_ERR_ADAPTER_EXISTS. Dispose to unregister; its pumps stop. */
  register(adapter: Adapter): Disposable
  readonly types: readonly string[]
  /** Makes the session's channels at the adapters named, in parallel. One failure is reported in its place. */
  createChannel(session: Session, types: readonly string[]): Promise<readonly ChannelResult[]>
  /**
   * Appends a notice to the session's journal; every adapter of the session then delivers it. Settles when committed,
   * for a session elsewhere by its owner, whose refusals and absence it throws.
   * @throws TC_ERR_SESSION_NOT_FOUND, TC_ERR_MESSAGE_TOO_LARGE for more than 256 Ki characters
   */
  sendMessage(
    sessionId: string,
    text: string,
    options?: { format?: 'text' | 'markdown' | 'html'; author?: string },
  ): Promise<Cursor>
  /** Entries after `since`, then live ones: from the journal where the session runs here, else from its owner. */
  streamMessages(sessionId: string, since: Cursor, signal: AbortSignal): AsyncIterable<Entry>
  /** The newest `limit` entries, oldest first. */
  getMessages(sessionId: string, limit: number): Promise<readonly Entry[]>
  /** How every channel is doing; of one session if one is given. */
  status(sessionId?: string): readonly ChannelStatus[]
}
