import Database from 'better-sqlite3'
import { TeleclaudeError } from '../errors.ts'

/** Says what SQLite's error means here, and what to do about it. Anything that is not SQLite's is returned as it is. */
export function asStoreError(thrown: unknown, file: string): unknown {
  if (!(thrown instanceof Database.SqliteError)) return thrown
  const { code, message } = thrown
  if (code === 'SQLITE_FULL') return diskFull(file, thrown)
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) return damaged(file, message, thrown)
  if (code.startsWith('SQLITE_BUSY')) {
    return new TeleclaudeError(
      'TC_ERR_STORE',
      `The database '${file}' is in use by another program. End that program, then try again.`,
      { cause: thrown },
    )
  }
  return new TeleclaudeError(
    'TC_ERR_STORE',
    `The database '${file}' could not be read or written: ${message} (${code}). Check the disk and the permissions of its folder.`,
    { cause: thrown },
  )
}

/** The refusal of a file that is no sound database. */
export function damaged(file: string, detail: string, cause?: unknown): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_STORE_CORRUPT',
    `The database '${file}' is damaged (${detail}). Nothing was deleted. Stop the daemon, move the file aside with ` +
      `mv '${file}' '${file}.damaged' and start again with an empty one; sessions still running go on.`,
    { cause },
  )
}

function diskFull(file: string, cause: unknown): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_DISK_FULL',
    `There is no room left for the database '${file}'. Make room on its disk.`,
    { cause },
  )
}
