import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomId } from '../../../core/index.ts'

/** Hands a secret to one program through a file, which that program removes. */
export function writeSecret(folder: string, secret: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `teleclaude-${randomId(16)}`)
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' })
  return path
}

/** For when no program is left that might still read one. */
export function removeSecrets(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
