import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A fresh folder, short enough for Unix sockets, that goes when the test ends. */
export function tempDir(): string {
  const dir = mkdtempSync(join('/tmp', 'tc-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
