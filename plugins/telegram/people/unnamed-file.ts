import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A file that has no name any more: nobody else opens it, and it is gone with its maker, in whatever way that ends. */
export interface UnnamedFile {
  readonly bytes: number
  /** Adds to it. @throws what the file system throws */
  write(text: string): Promise<void>
  /** What it has from one place to before another; each time from the beginning. */
  read(from: number, to: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** Read at once while it is sent. */
const PIECE_BYTES = 65_536

/** @param folder of whoever makes one file at a time in it @throws what the file system throws */
export async function openUnnamedFile(folder: string): Promise<UnnamedFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'unnamed')
  // Whoever was killed between the next two lines left it, empty.
  await rm(path, { force: true })
  const handle = await open(path, 'wx+', 0o600)
  let size = 0
  try {
    await rm(path)
  } catch (error) {
    await handle.close()
    throw error
  }
  return {
    get bytes() {
      return size
    },
    async write(text) {
      const bytes = Buffer.from(text)
      await handle.appendFile(bytes)
      size += bytes.length
    },
    async *read(from, to) {
      for (let at = from; at < to; ) {
        const length = Math.min(PIECE_BYTES, to - at)
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, at)
        if (bytesRead === 0) return
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    },
    close: () => handle.close(),
  }
}
