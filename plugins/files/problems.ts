import { messageOf, TeleclaudeError } from '../../core/index.ts'

/** A file that cannot be read, written or found, and why. */
export function fileProblem(path: string, why: string, cause?: unknown): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_FILE', `The file '${path}': ${why}.`, { cause })
}

/** What the system says of a file, in the words of people. */
export function asFileProblem(path: string, error: unknown): TeleclaudeError {
  if (error instanceof TeleclaudeError) return error
  if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') return noRoom(path, error)
  return fileProblem(path, REASONS[codeOf(error) ?? ''] ?? messageOf(error), error)
}

export function noRoom(path: string, cause?: unknown): TeleclaudeError {
  const message = `There is no room for '${path}' on its disk. Make room, then copy again.`
  return new TeleclaudeError('TC_ERR_DISK_FULL', message, { cause })
}

/** There is room, but it is to stay free. */
export function roomIsKept(path: string, keptBytes: number): TeleclaudeError {
  const message = `There is no room for '${path}': the files plugin there leaves ${keptBytes} bytes of a disk free (minFreeBytes). Make room, then copy again.`
  return new TeleclaudeError('TC_ERR_DISK_FULL', message)
}

export const NOT_THERE = 'there is no such file or folder'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: NOT_THERE,
  EACCES: 'the user of the daemon may not do that',
  EPERM: 'the user of the daemon may not do that',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'it is a symbolic link',
  EROFS: 'its disk is read-only',
  ENAMETOOLONG: 'its name is too long',
  ENXIO: 'it is no regular file',
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
