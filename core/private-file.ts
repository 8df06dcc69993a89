import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { randomId } from './ids.ts'
import { makeFolder } from './make-folder.ts'

/** Writes a file that only its owner can read (0600); whoever reads it finds the old content or the new, whole. */
export function writePrivateFile(path: string, content: string): void {
  makeFolder(dirname(path))
  const draft = `${path}.${randomId(8)}`
  try {
    writeFileSync(draft, content, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}
