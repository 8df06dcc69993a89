import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { asFileProblem, fileProblem } from './problems.ts'

/** A file as it is now. */
export interface FileFacts {
  readonly name: string
  readonly bytes: number
  /** Its permission bits. */
  readonly mode: number
  /** Another one whenever the file is another or was written to. */
  readonly version: string
}

/** Large enough that few calls are made, small enough that others have their turn. */
const HASH_BYTES = 2 ** 20

/**
 * Not through a link that was put there since the path was checked, without waiting at a pipe, and without making a
 * terminal that of the daemon.
 */
export const SAFELY = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

/** @throws TC_ERR_FILE */
export function factsOf(path: string): Promise<FileFacts> {
  return withFile(path, async (_file, facts) => facts)
}

/** Which piece of a file. */
export interface Piece {
  readonly offset: number
  readonly maxBytes: number
  /** What the file must still be. */
  readonly version?: string | undefined
  /** Throws where the file is not to be read. */
  check?(facts: FileFacts): void
}

/** At most `maxBytes` from `offset`; fewer only at the end. @throws TC_ERR_FILE */
export function readPiece(path: string, { offset, maxBytes, version, check }: Piece): Promise<Buffer> {
  return withFile(path, async (file, facts) => {
    check?.(facts)
    if (version !== undefined && version !== facts.version) throw changed(path)
    const piece = Buffer.allocUnsafe(Math.max(0, Math.min(maxBytes, facts.bytes - offset)))
    let filled = 0
    while (filled < piece.length) {
      const { bytesRead } = await file.read(piece, filled, piece.length - filled, offset + filled)
      if (bytesRead === 0) throw changed(path)
      filled += bytesRead
    }
    return piece
  })
}

/** The SHA-256 of the whole file, in hexadecimal. @throws TC_ERR_FILE */
export function digestOf(path: string, version?: string): Promise<string> {
  return withFile(path, async (file, facts) => {
    if (version !== undefined && version !== facts.version) throw changed(path)
    return await hashOf(file)
  })
}

export async function hashOf(file: FileHandle): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(HASH_BYTES)
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
}

async function withFile<T>(
  path: string,
  work: (file: FileHandle, facts: FileFacts) => Promise<T>,
): Promise<T> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | SAFELY)
    return await work(file, await factsOfOpen(file, path))
  } catch (error) {
    throw asFileProblem(path, error)
  } finally {
    await file?.close()
  }
}

async function factsOfOpen(file: FileHandle, path: string): Promise<FileFacts> {
  const found = await file.stat({ bigint: true })
  if (!found.isFile())
    throw fileProblem(path, found.isDirectory() ? 'it is a folder' : 'it is no regular file')
  return {
    name: basename(path),
    bytes: Number(found.size),
    mode: Number(found.mode) & 0o777,
    version: `${found.ino}-${found.size}-${found.mtimeNs}`,
  }
}

export function changed(path: string) {
  return fileProblem(path, 'it was changed while it was being copied. Copy it again')
}
