import { randomFillSync } from 'node:crypto'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** Names one session, on whichever computer it runs. 12 characters of `a-z2-7`, 60 random bits. */
export type SessionId = Branded<'SessionId'>
/** Says where a reader is in a session's journal: journal epoch and seq. Opaque to everyone else; `'0'` is the start. */
export type Cursor = Branded<'Cursor'>
/** Changes whenever a journal's seqs start to mean something else (a database restored or made anew). */
export type Epoch = Branded<'Epoch'>

/** What ids look like that come from elsewhere: of sessions, requests, runs of a daemon, secrets. Safe in file names, shells and URLs. */
export const ANY_ID = /^[\w-]{1,64}$/

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** A random string of `length` characters of base 32 (5 bits each), safe in file names, shells and URLs. */
export function randomId(length: number): string {
  let id = ''
  for (let count = 0; count < length; count++) id += ALPHABET[randomByte() & 31]
  return id
}

// Asking the system for a few bytes costs as much as asking for many, and every request has an id.
const pool = new Uint8Array(1024)
let used = pool.length

function randomByte(): number {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  return pool[used++] ?? 0
}

export const newSessionId = (): SessionId => randomId(12) as SessionId
export const newEpoch = (): Epoch => randomId(8) as Epoch
