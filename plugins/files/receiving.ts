import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Clock, isTeleclaudeError, TeleclaudeError } from '../../core/index.ts'
import { asFileProblem, codeOf, fileProblem, noRoom, roomIsKept } from './problems.ts'
import { digestOf, hashOf, SAFELY } from './reading.ts'

/** A file that is coming, in pieces. It stands beside its place until it is whole. */
export interface Arrival {
  /** Where it is to stand: a real path. */
  readonly path: string
  /** The same whenever the same file is sent to the same place, so that a transfer that was cut goes on. */
  readonly transfer: string
  /** So much of its disk is to stay free. */
  readonly minFreeBytes: number
}

/** The end of the name of what is not there as a whole. */
const PART = '.teleclaude-part'
const PART_NAME = /^\.[0-9a-f]{32}\.teleclaude-part$/
/** After a week nobody goes on with a transfer. */
const STALE_MS = 7 * 86_400_000

/**
 * Makes room for it. Settles with how many bytes of it are there from an earlier try.
 * @throws TC_ERR_FILE, TC_ERR_DISK_FULL; then nothing of it is left
 */
export async function beginArrival(
  arrival: Arrival,
  { bytes, mode }: { bytes: number; mode: number },
  clock: Clock,
): Promise<number> {
  await refuseFolder(arrival.path)
  await removeStale(dirname(arrival.path), clock)
  return await yieldingRoom(arrival, () =>
    withPart(arrival, mode, async file => {
      const { size } = await file.stat()
      if (size > bytes) await file.truncate(0)
      const received = size > bytes ? 0 : size
      await requireRoom(arrival, bytes - received)
      return received
    }),
  )
}

/**
 * Adds a piece behind what is there, or writes one again.
 * @throws TC_ERR_FILE, TC_ERR_DISK_FULL; on a full disk nothing is left of the whole
 */
export async function addPiece(arrival: Arrival, offset: number, piece: Buffer): Promise<void> {
  await yieldingRoom(arrival, () =>
    withPart(arrival, null, async file => {
      const { size } = await file.stat()
      if (offset > size) throw pieceMissing(arrival.path)
      // Others write there too, and who sends may have said less than it sends.
      if (arrival.minFreeBytes > 0) await requireRoom(arrival, offset + piece.length - size)
      await writeAt(file, piece, offset)
    }),
  )
}

/**
 * Puts it in its place, in the stead of what was there, if it is what was sent. Asking again changes nothing.
 * @throws TC_ERR_FILE
 */
export async function finishArrival(arrival: Arrival, sha256: string): Promise<void> {
  const part = partOf(arrival)
  const isThere = await stat(part).then(
    () => true,
    () => false,
  )
  if (!isThere && (await digestOf(arrival.path).catch(() => null)) === sha256) return
  await withPart(arrival, null, async file => {
    if ((await hashOf(file)) !== sha256) {
      await file.truncate(0)
      throw fileProblem(arrival.path, 'what came is not what was sent. Copy it again')
    }
    await file.sync()
    await rename(part, arrival.path)
  })
}

export async function forgetArrival(arrival: Arrival): Promise<void> {
  await rm(partOf(arrival), { force: true })
}

/** Pieces come in their order unless one got lost on the way; then it is asked for again. */
function pieceMissing(path: string): TeleclaudeError {
  const message = `A piece of '${path}' came before the one that belongs in front of it. Go on from what is there.`
  return new TeleclaudeError('TC_ERR_FILE', message, { retryable: true })
}

/** On a full disk the room is worth more to its owner than a part of a file is. */
async function yieldingRoom<T>(arrival: Arrival, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isTeleclaudeError(error, 'TC_ERR_DISK_FULL')) await forgetArrival(arrival)
    throw error
  }
}

/** A file system without blocks has no limit, or says nothing of it: what does not fit fails when it is written. @throws TC_ERR_DISK_FULL */
async function requireRoom({ path, minFreeBytes }: Arrival, bytes: number): Promise<void> {
  const { bavail, blocks, bsize } = await statfs(dirname(path))
  if (blocks === 0) return
  const free = bavail * bsize
  if (bytes > free) throw noRoom(path)
  if (bytes > 0 && free - bytes < minFreeBytes) throw roomIsKept(path, minFreeBytes)
}

function partOf({ path, transfer }: Arrival): string {
  return join(dirname(path), `.${transfer}${PART}`)
}

/** @param mode makes it, with these permissions, where it is not there */
async function withPart<T>(
  arrival: Arrival,
  mode: number | null,
  work: (file: FileHandle) => Promise<T>,
): Promise<T> {
  let file: FileHandle | undefined
  try {
    const create = mode === null ? 0 : constants.O_CREAT
    file = await open(partOf(arrival), constants.O_RDWR | SAFELY | create, (mode ?? 0) | 0o600)
    const found = await file.stat()
    // Nor into another file that somebody has given its name.
    if (!found.isFile() || found.nlink > 1) throw fileProblem(partOf(arrival), 'it is no file of its own')
    return await work(file)
  } catch (error) {
    throw asFileProblem(arrival.path, error)
  } finally {
    await file?.close()
  }
}

async function writeAt(file: FileHandle, piece: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await file.write(piece, done, piece.length - done, offset + done)
    done += bytesWritten
  }
}

async function refuseFolder(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw asFileProblem(path, error)
  })
  if (found && !found.isFile())
    throw fileProblem(path, found.isDirectory() ? 'it is a folder' : 'it is no regular file')
}

/** What was begun here and never finished. What cannot be removed is somebody else's. */
async function removeStale(folder: string, clock: Clock): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!PART_NAME.test(name)) continue
    const found = await lstat(join(folder, name)).catch(() => null)
    if (!found?.isFile() || clock.now() - found.mtimeMs <= STALE_MS) continue
    await rm(join(folder, name), { force: true }).catch(() => {})
  }
}
