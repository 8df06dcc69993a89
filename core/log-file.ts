import { closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

/** A file (0600) that lines are added to. Once it is full it becomes `<file>.1`, in the place of the one before. */
export interface LogFile extends DestinationStream {
  /** What is written afterwards is dropped. */
  close(): void
}

/** How large a log file grows before it becomes `<file>.1`. */
export const MAX_LOG_BYTES = 10 * 1024 * 1024

/**
 * Opens a log file. Lines are written at once, so that the last ones before a crash are there; a log is no hot path.
 * Writing never throws: a line that a full disk refuses is lost, and the next one that fits says how many were.
 */
export function openLogFile(path: string): LogFile {
  let fd: number | null = openPrivate(path)
  let size = fstatSync(fd).size
  let lost = 0

  const startAnew = (full: number): number => {
    if (existsSync(path)) renameSync(path, `${path}.1`)
    const empty = openPrivate(path)
    closeSync(full)
    size = 0
    return empty
  }
  const append = (open: number, text: string): void => {
    const written = writeSync(open, text)
    size += written
    if (written < Buffer.byteLength(text)) throw new Error('the disk took only a part of it')
  }
  return {
    write(line) {
      if (fd === null) return
      try {
        if (size > MAX_LOG_BYTES) fd = startAnew(fd)
        append(fd, lost === 0 ? line : lossNote(lost) + line)
        lost = 0
      } catch {
        lost += 1 // There is nowhere left to say so until there is room again.
      }
    },
    close() {
      if (fd !== null) closeSync(fd)
      fd = null
    },
  }
}

/** Begins with a line break, because what was refused may have been written in part. */
function lossNote(lost: number): string {
  return `\n${JSON.stringify({ level: 'error', msg: `${lost} lines before this one could not be written` })}\n`
}

function openPrivate(path: string): number {
  return openSync(path, 'a', 0o600)
}
