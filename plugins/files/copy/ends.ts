import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type Clock, type DaemonClient, systemClock } from '../../../core/index.ts'
import { realOf } from '../allowed-path.ts'
import { createLanes } from '../lanes.ts'
import { asFileProblem, codeOf, fileProblem, NOT_THERE } from '../problems.ts'
import { digestOf, type FileFacts, factsOf, readPiece } from '../reading.ts'
import { type Arrival, addPiece, beginArrival, finishArrival, forgetArrival } from '../receiving.ts'
import type { Place } from './place.ts'

/** What a path is, and what it really leads to. */
export interface Found {
  readonly type: 'file' | 'folder' | 'other' | 'none'
  readonly path: string
}

/** What a copy needs of either end. */
export interface End {
  found(): Promise<Found>
  facts(): Promise<FileFacts>
  read(offset: number, maxBytes: number, version: string): Promise<Buffer>
  digest(version: string): Promise<string>
  /** Settles with how many bytes are there from an earlier try. */
  begin(transfer: string, file: FileFacts): Promise<number>
  write(transfer: string, offset: number, piece: Buffer): Promise<void>
  finish(transfer: string, sha256: string): Promise<void>
  /** Nobody will go on with it. */
  forget(transfer: string): Promise<void>
}

export function endOf(place: Place, daemon: DaemonClient): End {
  return place.computer === null
    ? hereAt(place.path, systemClock)
    : thereAt(place.computer, place.path, daemon)
}

/** With the rights of whoever types, so nothing is asked of the daemon. */
function hereAt(path: string, clock: Clock): End {
  const inTurn = createLanes()
  const arrival = async (transfer: string): Promise<Arrival> => ({
    path: await realOf(path),
    transfer,
    // It is the disk of who types it.
    minFreeBytes: 0,
  })
  return {
    async found() {
      const real = await realOf(path)
      const found = await stat(real).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return null
        throw asFileProblem(path, error)
      })
      return { type: found ? typeOf(found) : 'none', path: real }
    },
    facts: async () => factsOf(await realOf(path)),
    read: async (offset, maxBytes, version) => readPiece(await realOf(path), { offset, maxBytes, version }),
    digest: async version => digestOf(await realOf(path), version),
    begin: async (transfer, file) => beginArrival(await arrival(transfer), file, clock),
    // In turn with looking up the path, or pieces would overtake each other there.
    write: (transfer, offset, piece) =>
      inTurn(transfer, async () => addPiece(await arrival(transfer), offset, piece)),
    finish: async (transfer, sha256) => finishArrival(await arrival(transfer), sha256),
    forget: async transfer => forgetArrival(await arrival(transfer)),
  }
}

function typeOf(found: Stats): Found['type'] {
  if (found.isFile()) return 'file'
  return found.isDirectory() ? 'folder' : 'other'
}

function thereAt(computer: string, path: string, daemon: DaemonClient): End {
  const call = <T>(operation: string, input: object) =>
    daemon.call<T>(operation, { computer, path, ...input }, { takesBytes: true })
  /** Asks until it is done: an answer is given before that. */
  const untilDone = async <T>(ask: () => Promise<T | null>): Promise<T> => {
    for (;;) {
      const answer = await ask()
      if (answer !== null) return answer
    }
  }
  return {
    found: () => call<Found>('files.stat', {}),
    async facts() {
      const found = await call<Found & FileFacts>('files.stat', {})
      if (found.type === 'file') return found
      throw fileProblem(path, found.type === 'none' ? NOT_THERE : 'it is no regular file')
    },
    async read(offset, maxBytes, version) {
      const { data } = await call<{ data: Buffer }>('files.read', { offset, max_bytes: maxBytes, version })
      return data
    },
    digest: version =>
      untilDone(async () => (await call<{ sha256: string | null }>('files.digest', { version })).sha256),
    begin: async (transfer, { bytes, mode }) =>
      (await call<{ received: number }>('files.begin', { transfer, bytes, mode })).received,
    async write(transfer, offset, piece) {
      await call('files.write', { transfer, offset, data: piece })
    },
    async finish(transfer, sha256) {
      const ask = () => call<{ is_done: boolean }>('files.finish', { transfer, sha256 })
      await untilDone(async () => (await ask()).is_done || null)
    },
    async forget(transfer) {
      await call('files.forget', { transfer })
    },
  }
}
