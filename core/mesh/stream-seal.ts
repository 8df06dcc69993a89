import type { Epoch, SessionId } from '../ids.ts'
import type { Entry } from '../journal/entry.ts'

/** The key of one session's output stream: random, made anew whenever the stream is begun anew. */
export interface StreamKey {
  /** 8 bytes in hex, in front of every entry sealed with it. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

export declare function newStreamKey(): StreamKey

/** Seals and opens the entries of one session under one key; session, epoch and seq are authenticated with them. */
export interface StreamSeal {
  seal(entry: Entry): Uint8Array
  /** Throws nothing: `stale` for an entry sealed under another key, null for one that is forged or damaged. */
  open(seq: number, bytes: Uint8Array): Entry | 'stale' | null
}

export declare function createStreamSeal(session: SessionId, epoch: Epoch, key: StreamKey): StreamSeal
