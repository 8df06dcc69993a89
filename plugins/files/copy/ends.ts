import { stat } from 'node:fs/promises'
import { type Clock, type DaemonClient, systemClock } from '../../../core/index.ts'
import { codeOf } from '../problems.ts'
import { digestOf, type FileFacts, factsOf, readPiece } from '../reading.ts'
import { type Arrival, addPiece, beginArrival, finishArrival, forgetArrival } from '../receiving.ts'
import type { Place } from './place.ts'

/** What a copy needs of either end. */
export interface End {
  kind(): Promise<'file' | 'folder' | 'other' | 'none'>
  facts(): Promise<FileFacts>
  read(offset: number, maxBytes: number, version: string): Promise<Buffer>
  digest(version: string): Promise<string>
  /** Settles with how many bytes are there from an earlier try. */
  begin(transfer: string, file: FileFacts): Promise<number>
  write(transfer: string, offset: number, piece: Buffer): Promise<void>
  finish(transfer: string, sha256: string): Promise<void>
  forget(transfer: string): Promise<void>
}

export function endOf(place: Place, daemon: DaemonClient): End {
  return place.computer === null
    ? hereAt(place.path, systemClock)
    : thereAt(place.computer, place.path, daemon)
}

/** With the rights of whoever types, so nothing is asked of the daemon. */
function hereAt(path: string, clock: Clock): End {
  const arrival = (transfer: string): Arrival => ({ path, transfer })
  return {
    async kind() {
      const found = await stat(path).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return null
        throw error
      })
      if (!found) return 'none'
      if (found.isFile()) return 'file'
      return found.isDirectory() ? 'folder' : 'other'
    },
    facts: () => factsOf(path),
    read: (offset, maxBytes, version) => readPiece(path, offset, maxBytes, version),
    digest: version => digestOf(path, version),
    begin: (transfer, file) => beginArrival(arrival(transfer), file, clock),
    write: (transfer, offset, piece) => addPiece(arrival(transfer), offset, piece),
    finish: (transfer, sha256) => finishArrival(arrival(transfer), sha256),
    forget: transfer => forgetArrival(arrival(transfer)),
  }
}

/** What `files.stat` answers. */
type Stat = FileFacts & { readonly type: 'file' | 'folder' | 'other' | 'none' }

function thereAt(computer: string, path: string, daemon: DaemonClient): End {
  const call = <T>(operation: string, input: object) =>
    daemon.call<T>(operation, { computer, path, ...input })
  return {
    kind: async () => (await call<Stat>('files.stat', {})).type,
    facts: () => call<Stat>('files.stat', {}),
    async read(offset, maxBytes, version) {
      const { data } = await call<{ data: string }>('files.read', { offset, max_bytes: maxBytes, version })
      return Buffer.from(data, 'base64')
    },
    digest: async version => (await call<{ sha256: string }>('files.digest', { version })).sha256,
    begin: async (transfer, { bytes, mode }) =>
      (await call<{ received: number }>('files.begin', { transfer, bytes, mode })).received,
    async write(transfer, offset, piece) {
      await call('files.write', { transfer, offset, data: piece.toString('base64') })
    },
    async finish(transfer, sha256) {
      await call('files.finish', { transfer, sha256 })
    },
    async forget(transfer) {
      await call('files.forget', { transfer })
    },
  }
}
