import { rmSync } from 'node:fs'
import { TeleclaudeError } from '../errors.ts'
import { writePrivateFile } from '../private-file.ts'
import { changes, type FoundFile, inspectFile } from './sealed-file.ts'

/** What became of a service's file. */
export type FileOutcome =
  | { readonly outcome: 'installed' | 'unchanged' }
  | { readonly outcome: 'changed'; readonly changes: readonly string[] }

/** Writes the file unless it is as it should be. @throws TC_ERR_SUPERVISOR if it is somebody else's, or edited, and not `force` */
export function writeService(path: string, text: string, force: boolean): FileOutcome {
  const found = inspectFile(path)
  if (found.state === 'ours' && found.text === text) return { outcome: 'unchanged' }
  if (!force) refuse(path, found, `To replace it all the same: --force`)
  writePrivateFile(path, text)
  if (found.state === 'absent') return { outcome: 'installed' }
  return { outcome: 'changed', changes: changes(found.text, text) }
}

/** Whether there is one to remove. @throws TC_ERR_SUPERVISOR as {@link writeService} */
export function mayRemove(path: string, force: boolean): boolean {
  const found = inspectFile(path)
  if (found.state === 'foreign') refuse(path, found, 'Remove it yourself')
  if (found.state === 'edited' && !force) refuse(path, found, 'To remove it all the same: --force')
  return found.state !== 'absent'
}

export function removeService(path: string): void {
  rmSync(path)
}

function refuse(path: string, { state }: FoundFile, advice: string): void {
  if (state === 'absent' || state === 'ours') return
  const what = state === 'edited' ? 'was edited by hand' : 'is not a file that this program wrote'
  throw new TeleclaudeError('TC_ERR_SUPERVISOR', `${path} ${what}. ${advice}`)
}
